/** A file of a stack, relative to a directory it lies in; other paths and URLs as they are. */
export function shortPath(file: string, directory: string): string {
  const path = pathOf(file)
  const folder = withSlashes(directory).replace(/\/+$/, '')
  const short = withSlashes(path)
  return folder !== '' && short.startsWith(`${folder}/`) ? short.slice(folder.length + 1) : path
}

// The recording may come from another operating system, so node:url would read its paths wrongly.
function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file
  const path = file.slice('file://'.length).replace(/^\/(?=[A-Za-z]:)/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path // a percent sign that encodes nothing
  }
}

function withSlashes(path: string): string {
  return /^[A-Za-z]:\\/.test(path) ? path.replaceAll('\\', '/') : path
}
