import { type Html, html, nothing } from './escape.ts';
import { scrollBox } from './section.ts';

export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => Html | string;
  /** Figures are set flush right with digits of equal width. */
  readonly figure?: boolean;
  /** The cell that names its row. */
  readonly names?: boolean;
  readonly total?: string;
}

export interface Table<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly className?: string;
  readonly rowClass?: (row: Row) => string;
}

export function table<Row>({ caption, columns, rows, className = '', rowClass }: Table<Row>): Html {
  const headings = columns.map(
    (column) => html`<th scope="col"${figureClass(column)}>${column.heading}</th>`,
  );
  const body = rows.map(
    (row) =>
      html`<tr class="${rowClass?.(row) ?? ''}">${columns.map((column) => cell(column, column.cell(row)))}</tr>
`,
  );
  const hasTotals = columns.some((column) => column.total !== undefined);
  const totals = html`<tfoot><tr>${columns.map((column) => cell(column, column.total ?? ''))}</tr></tfoot>`;
  return scrollBox(
    caption,
    html`<table class="${className}"><caption>${caption}</caption><thead><tr>${headings}</tr></thead>
<tbody>${body}</tbody>${hasTotals ? totals : nothing}</table>`,
  );
}

function cell<Row>(column: Column<Row>, content: Html | string): Html {
  if (column.names) return html`<th scope="row">${content}</th>`;
  return html`<td${figureClass(column)}>${content}</td>`;
}

function figureClass<Row>(column: Column<Row>): Html {
  return column.figure ? html` class="figure"` : nothing;
}
