import { globSync } from 'node:fs';
import { readData, root } from '../files.ts';

interface Source {
  readonly uid: string;
}

interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly datasource?: Source;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
  readonly options?: { readonly content?: string };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: Source;
    readonly exemplar?: boolean;
  }[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly links: readonly Link[];
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr?: string; readonly datasource: Source }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly datasource: Source;
      readonly query: { readonly query: string };
    }[];
  };
}

const folder = 'otel-collector/grafana/dashboards';

export const boards = globSync('*.json', { cwd: `${root}/${folder}` })
  .toSorted()
  .map((file) => ({ file, board: readData<Board>(`${folder}/${file}`) }));
