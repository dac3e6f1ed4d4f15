/** A file being written; text is appended in order. */
export interface TextFile {
  write(text: string): void
}

/** Where reports put their files. */
export interface Output {
  /** Opens a file of the output, named relative to it. */
  create(name: string): TextFile
}
