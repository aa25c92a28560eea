export { default as prettyBytes } from 'pretty-bytes'
