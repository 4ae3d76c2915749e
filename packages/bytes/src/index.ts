export { CoreError, type Site } from "./error.js";
export { copyBytes, viewOf } from "./memory.js";
export { type ByteOrder, BytesError, type Reader, readerOf } from "./reader.js";
export { decodeUtf8, encodeUtf8, printable, replaceUnprintable } from "./text.js";
