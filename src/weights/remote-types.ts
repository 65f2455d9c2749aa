import type { HfSource, HttpsSource } from './source.ts'

/** What a file of a model is for. Nothing else is fetched: code, archives and pickles have no role. */
export type FileRole =
  'weights' | 'adapter' | 'projector' | 'template' | 'tokenizer' | 'config' | 'licence' | 'card' | 'signature'

/** A file as its server lists it, before any byte of it is here. */
export type RemoteFile = {
  /** With forward slashes, as the repository calls it. Whoever makes a path of it checks it first. */
  readonly name: string
  readonly url: string
  /** Null where the server does not say. */
  readonly bytes: number | null
  /** 64 lower-case hex digits of the content, as the server states it; null where it does not. */
  readonly sha256: string | null
  readonly role: FileRole
}

/** What a source is made of. Moving revisions (`main`) are resolved to the commit that they named at that moment. */
export type Resolved = {
  /** The source in its canonical form, with the commit: `hf:OWNER/REPO:QUANT@COMMIT`. */
  readonly source: string
  /** 40 hex digits for a repository; null where there is no such thing. */
  readonly revision: string | null
  readonly files: readonly RemoteFile[]
  /** As the repository declares it, in its own word. */
  readonly licence: string | null
  /** `OWNER/REPO` of what this was made from, as declared, nearest first. */
  readonly baseModels: readonly string[]
  readonly gated: boolean
}

export type RemoteOptions = {
  readonly signal: AbortSignal
  readonly token?: string
  /** A mirror; `https://huggingface.co` when not given. */
  readonly endpoint?: string
  /** Forbids every outbound call: each throws before a name is looked up. */
  readonly offline: boolean
  /** Proxies are read from here: HTTPS_PROXY, NO_PROXY and their lower-case forms. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: (line: string) => void
}

/** Where the partial file of a download and its state live: `folder/key…`. */
export type DownloadPlace = { readonly folder: string; readonly key: string }

export type DownloadProgress = {
  readonly bytes: number
  readonly total: number | null
  /** Bytes per second, of late. */
  readonly perSecond: number
}

export type DownloadOptions = RemoteOptions & {
  readonly connections?: number
  readonly stallMs?: number
  readonly onProgress?: (progress: DownloadProgress) => void
}

/** A whole file whose content was hashed on the way. */
export type Downloaded = { readonly path: string; readonly bytes: number; readonly sha256: string }

/** The two doors to the outside, as `src/weights/remote` has them. */
export type ResolveSource = (source: HfSource | HttpsSource, options: RemoteOptions) => Promise<Resolved>
export type DownloadFile = (
  file: RemoteFile,
  place: DownloadPlace,
  options: DownloadOptions,
) => Promise<Downloaded>
