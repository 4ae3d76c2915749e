export { CoreError, type Site } from "./error.js";
export { type ByteOrder, BytesError, type Reader, readerOf, viewOf } from "./reader.js";
export { decodeUtf8, encodeUtf8, equalBytes, printable } from "./text.js";
