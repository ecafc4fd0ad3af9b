// Prints what upng-js reads in an animated PNG file: size and play count, then for each frame its delay in milliseconds and the SHA-256 of its composed RGBA.
const crypto = require('crypto');
const fs = require('fs');
const UPNG = require('upng-js');

const file = fs.readFileSync(process.argv[2]);
const png = UPNG.decode(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
console.log(`${png.width}|${png.height}|${png.tabs.acTL.num_plays}`);
UPNG.toRGBA8(png).forEach((pixels, i) => {
  const hash = crypto.createHash('sha256').update(Buffer.from(pixels)).digest('hex');
  console.log(`${png.frames[i].delay}|${hash}`);
});
