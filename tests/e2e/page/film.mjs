// A film to seek in, made by the browser itself: VP8 in WebM, two frames a second, each showing its number.

export const FRAMES = 120, FPS = 2;

// Runs in the page. Noise makes the film large, because a player fetches only some seconds ahead.
async function encode({ frames, fps }) {
  const canvas = new OffscreenCanvas(480, 360), to = canvas.getContext("2d");
  const noise = to.createImageData(canvas.width, canvas.height), out = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      let text = "";
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      out.push(btoa(text));
    },
    error: (e) => { throw e; },
  });
  encoder.configure({ codec: "vp8", width: canvas.width, height: canvas.height, bitrate: 20e6, framerate: fps });
  for (let n = 0; n < frames; n++) {
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
    to.putImageData(noise, 0, 0);
    for (let bit = 0; bit < 8; bit++) {
      to.fillStyle = (n >> bit) & 1 ? "#fff" : "#000";
      to.fillRect(bit * 60, 150, 60, 60);
    }
    const frame = new VideoFrame(canvas, { timestamp: (n * 1e6) / fps });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
  }
  await encoder.flush();
  return out;
}

// Runs in the page: the number in the picture of a <video>.
export function numberShown(video) {
  const canvas = new OffscreenCanvas(480, 360), to = canvas.getContext("2d");
  to.drawImage(video, 0, 0);
  let n = 0;
  for (let bit = 0; bit < 8; bit++) n |= (to.getImageData(bit * 60 + 30, 180, 1, 1).data[0] > 127) << bit;
  return n;
}

const number = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const float = (x) => { const b = Buffer.alloc(8); b.writeDoubleBE(x); return b; };
// An element; its length always takes eight bytes, so that offsets are known before they are written.
function element(id, ...content) {
  const body = Buffer.concat(content), length = number(body.length);
  length[0] = 1;
  return Buffer.concat([Buffer.from(id, "hex"), length, body]);
}

// https://www.matroska.org/technical/elements.html; the index stands in front, so that nothing asks for the end but a seek.
function webm(frames) {
  const head = element("1a45dfa3", element("4286", number(1)), element("42f7", number(1)), element("42f2", number(4)),
    element("42f3", number(8)), element("4282", Buffer.from("webm")), element("4287", number(2)), element("4285", number(2)));
  const info = element("1549a966", element("2ad7b1", number(1e6)), element("4489", float((frames.length * 1000) / FPS)));
  const tracks = element("1654ae6b", element("ae", element("d7", number(1)), element("73c5", number(1)), element("83", number(1)),
    element("86", Buffer.from("V_VP8")), element("e0", element("b0", number(480)), element("ba", number(360)))));
  const at = (n) => (n * 1000) / FPS;
  const clusters = frames.map((f, n) =>
    element("1f43b675", element("e7", number(at(n))), element("a3", Buffer.from("81000080", "hex"), f)));
  const index = (places) => element("1c53bb6b", ...places.map((place, n) =>
    element("bb", element("b3", number(at(n))), element("b7", element("f7", number(1)), element("f1", number(place))))));
  let place = info.length + tracks.length + index(clusters.map(() => 0)).length;
  const places = clusters.map((c) => (place += c.length) - c.length);
  return Buffer.concat([head, element("18538067", info, tracks, index(places), ...clusters)]);
}

// From a local page: for other addresses, browsers offer their encoders only with TLS.
export async function makeFilm(page) {
  const frames = await page.evaluate(encode, { frames: FRAMES, fps: FPS });
  return webm(frames.map((f) => Buffer.from(f, "base64")));
}
