const SIGNATURE_BYTES = 8;
const KEYWORD = "shiori-marks";

/**
 * The places marked on a page image, which the server writes into the PNG as a text chunk.
 * @param {ArrayBuffer} png
 * @returns {{left: number, top: number, right: number, bottom: number}[]} shares of the image, 0..1
 */
export function readMarks(png) {
  const view = new DataView(png);
  const decoder = new TextDecoder("latin1");
  let position = SIGNATURE_BYTES;
  while (position + 12 <= view.byteLength) {
    const length = view.getUint32(position);
    const type = decoder.decode(new Uint8Array(png, position + 4, 4));
    if (type === "tEXt") {
      const text = decoder.decode(new Uint8Array(png, position + 8, length));
      const [keyword, value] = text.split("\0");
      if (keyword === KEYWORD) {
        return value
          .split(";")
          .filter(Boolean)
          .map((mark) => {
            const [left, top, right, bottom] = mark.split(",").map(Number);
            return { left, top, right, bottom };
          });
      }
    }
    if (type === "IDAT") {
      return [];
    }
    position += 12 + length;
  }
  return [];
}
