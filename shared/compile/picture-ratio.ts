/** A JPEG's size stands behind its profile and thumbnail; who puts more before it has no ratio. */
const HEAD_LENGTH = 262_144;
/** Beyond these a picture is a line: it keeps WhatsApp's square. */
const NARROWEST = 0.2;
const WIDEST = 5;

/**
 * Width by height of a PNG or JPEG in base64, as its own head says, with two decimals; null where it cannot be read. Without it WhatsApp
 * draws a square with empty bands above and below a wide picture (whatsapp-flows.md section 4.2: `aspect-ratio`, default 1). Pure.
 */
export function pictureRatio(base64: string): number | null {
  const size = sizeOf(bytesOf(base64.slice(0, HEAD_LENGTH)));
  if (!size || size.width === 0 || size.height === 0) return null;
  const ratio = Math.round((size.width / size.height) * 100) / 100;
  return ratio >= NARROWEST && ratio <= WIDEST ? ratio : null;
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

type Size = { width: number; height: number };

function sizeOf(bytes: Uint8Array): Size | null {
  const view = new DataView(bytes.buffer);
  const isPng = bytes.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452;
  if (isPng) return { width: view.getUint32(16), height: view.getUint32(20) };
  const isJpeg = bytes.length >= 4 && view.getUint16(0) === 0xffd8;
  return isJpeg ? jpegSize(bytes, view) : null;
}

/** From segment to segment until the one that begins the frame (ITU T.81, B.2.2). */
function jpegSize(bytes: Uint8Array, view: DataView): Size | null {
  for (let at = 2; at + 9 < bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || view.getUint16(at + 2) < 2) return null;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  }
  return null;
}
