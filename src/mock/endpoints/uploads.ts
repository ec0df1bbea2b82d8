import { createHash } from 'node:crypto';
import type { Answer, Refusal } from '../answer.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { capOf, capProblem, presenceProblem } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import type { World } from '../world.ts';
import { isRefusal, json, unknownObject } from './answers.ts';
import { expiryProblem, expirySeconds, purposeProblem } from './file-rules.ts';
import { type FileObject, filesOf } from './file-store.ts';
import { fileOf } from './form-fields.ts';

export const uploadRoutes: readonly Route[] = [
  { endpoint: 'uploads', method: 'POST', path: '/uploads', answer: create },
  { endpoint: 'uploads', method: 'POST', path: '/uploads/:id/parts', takes: 'form', answer: addPart },
  { endpoint: 'uploads', method: 'POST', path: '/uploads/:id/complete', answer: complete },
  { endpoint: 'uploads', method: 'POST', path: '/uploads/:id/cancel', takes: 'any', answer: cancel },
];

interface Upload {
  readonly object: UploadObject;
  readonly parts: Map<string, Buffer>;
  readonly fileExpiresAfterSeconds: number | undefined;
}

interface UploadObject {
  readonly id: string;
  readonly object: 'upload';
  readonly bytes: number;
  readonly created_at: number;
  readonly expires_at: number;
  readonly filename: string;
  readonly purpose: string;
  status: 'pending' | 'completed' | 'cancelled' | 'expired';
  file: FileObject | null;
}

/** OpenAI's: 8 GB in parts of 64 MB, all within an hour. */
const MOST_BYTES = 8 * 1024 * 1024 * 1024;
const LIFETIME_SECONDS = 3_600;

/** Beyond it the oldest are forgotten; the bytes of their parts are bounded by the file store. */
const MOST_UPLOADS = 1_000;

interface Uploads {
  readonly byId: Map<string, Upload>;
  made: number;
  madeParts: number;
}

function createUploads(): Uploads {
  return { byId: new Map(), made: 0, madeParts: 0 };
}

function create({ body, world }: ApiRequest): Answer {
  const problem =
    presenceProblem(body, 'bytes') ??
    capProblem(body, 'bytes') ??
    textProblem(body, 'filename') ??
    textProblem(body, 'mime_type') ??
    purposeProblem(body['purpose'] ?? undefined) ??
    expiryProblem(body);
  if (problem) return problem;
  const bytes = capOf(body, 'bytes') ?? 0;
  if (bytes > MOST_BYTES)
    return refuse(400, `An upload has at most ${MOST_BYTES} bytes, and this one ${bytes}.`, 'bytes');
  const uploads = world.part(createUploads);
  const createdAt = nowSeconds(world);
  const purpose = String(body['purpose']);
  const upload: Upload = {
    object: {
      id: `upload_${hexadecimal(world.seed, `upload ${uploads.made++}`, 32)}`,
      object: 'upload',
      bytes,
      created_at: createdAt,
      expires_at: createdAt + LIFETIME_SECONDS,
      filename: String(body['filename']),
      purpose,
      status: 'pending',
      file: null,
    },
    parts: new Map(),
    fileExpiresAfterSeconds: expirySeconds(body, purpose),
  };
  return json(upload.object, () => {
    uploads.byId.set(upload.object.id, upload);
    if (uploads.byId.size <= MOST_UPLOADS) return;
    const [oldest = upload] = uploads.byId.values();
    drop(world, oldest);
    uploads.byId.delete(oldest.object.id);
  });
}

async function addPart({ form, params, world }: ApiRequest): Promise<Answer> {
  const data = fileOf(form, 'data');
  const content = data && Buffer.from(await data.arrayBuffer());
  const upload = pendingUpload(params, world);
  if (isRefusal(upload)) return upload;
  if (!content) return refuse(400, "'data' is a required property", 'data');
  const full = filesOf(world).roomProblem(content.length);
  if (full) return full;
  const uploads = world.part(createUploads);
  const id = `part_${hexadecimal(world.seed, `part ${uploads.madeParts++}`, 32)}`;
  const part = { id, object: 'upload.part', created_at: nowSeconds(world), upload_id: upload.object.id };
  return json(part, () => {
    filesOf(world).reserve(content.length);
    upload.parts.set(id, content);
  });
}

function complete({ body, params, world }: ApiRequest): Answer {
  const upload = pendingUpload(params, world);
  if (isRefusal(upload)) return upload;
  const absent = presenceProblem(body, 'part_ids');
  if (absent) return absent;
  const ids = body['part_ids'];
  if (!Array.isArray(ids)) return wrongType('part_ids', 'an array of strings', ids);
  if (new Set(ids).size !== ids.length)
    return refuse(400, "Invalid 'part_ids': each part may be named once.", 'part_ids');
  const parts: Buffer[] = [];
  for (const id of ids) {
    const part = upload.parts.get(String(id));
    if (!part) return refuse(400, `No such part of upload ${upload.object.id}: ${String(id)}`, 'part_ids');
    parts.push(part);
  }
  const content = Buffer.concat(parts);
  const problem = contentProblem(content, upload.object.bytes, body['md5'] ?? undefined);
  if (problem) return problem;
  const { filename, purpose } = upload.object;
  const files = filesOf(world);
  const file = files.make({
    bytes: content,
    filename,
    purpose,
    expiresAfterSeconds: upload.fileExpiresAfterSeconds,
  });
  return json({ ...upload.object, status: 'completed', file: file.object }, () => {
    if (upload.object.status !== 'pending') return;
    drop(world, upload);
    files.keep(file);
    upload.object.status = 'completed';
    upload.object.file = file.object;
  });
}

function cancel({ params, world }: ApiRequest): Answer {
  const upload = pendingUpload(params, world);
  if (isRefusal(upload)) return upload;
  return json({ ...upload.object, status: 'cancelled' }, () => {
    if (upload.object.status === 'pending') upload.object.status = 'cancelled';
    drop(world, upload);
  });
}

function pendingUpload({ id = '' }: ApiRequest['params'], world: World): Upload | Refusal {
  const upload = world.part(createUploads).byId.get(id);
  if (!upload) return unknownObject('Upload object', id);
  if (upload.object.status === 'pending' && upload.object.expires_at <= nowSeconds(world)) {
    upload.object.status = 'expired';
    drop(world, upload);
  }
  if (upload.object.status === 'pending') return upload;
  return refuse(400, `Upload ${id} is ${upload.object.status}, and only a pending one can be changed.`);
}

/** Its parts are not kept any more. */
function drop(world: World, upload: Upload): void {
  for (const part of upload.parts.values()) filesOf(world).reserve(-part.length);
  upload.parts.clear();
}

function contentProblem(content: Buffer, announced: number, md5: unknown): Refusal | undefined {
  if (content.length !== announced) {
    const message = `The parts have ${content.length} bytes together, but the upload was announced with ${announced}.`;
    return refuse(400, message, 'part_ids');
  }
  if (md5 === undefined || md5 === createHash('md5').update(content).digest('hex')) return undefined;
  return refuse(400, 'The MD5 checksum of the parts is another than `md5`.', 'md5');
}

function textProblem(body: ApiRequest['body'], name: string): Refusal | undefined {
  const value = body[name];
  return (
    presenceProblem(body, name) ??
    (typeof value === 'string' ? undefined : wrongType(name, 'a string', value))
  );
}

function nowSeconds(world: World): number {
  return Math.floor(world.clock.epochMs() / 1_000);
}
