// Prints what the npm package ag-psd reads from a PSD or PSB file: one line for each node from the bottom to the top, groups before their children.
const fs = require('fs');
const crypto = require('crypto');
const { initializeCanvas, readPsd } = require('ag-psd');

const picture = (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) });
initializeCanvas(() => { throw new Error('no canvas here'); }, picture);

const psd = readPsd(fs.readFileSync(process.argv[2]), { useImageData: true, skipThumbnail: true });
const hash = image => image ? crypto.createHash('sha256').update(Buffer.from(image.data)).digest('hex') : '-';
const lines = [`canvas|${psd.width}|${psd.height}|${hash(psd.imageData)}`];
const walk = (nodes, depth) => {
  for (const node of nodes) {
    const kind = node.children ? 'group' : 'layer';
    const place = node.children ? '' : `${node.left},${node.top},${node.imageData.width},${node.imageData.height}`;
    lines.push([depth, kind, node.name, place, Math.round(node.opacity * 255), node.blendMode, !node.hidden, hash(node.imageData)].join('|'));
    walk(node.children || [], depth + 1);
  }
};
walk(psd.children || [], 0);
fs.writeSync(1, lines.join('\n') + '\n');
