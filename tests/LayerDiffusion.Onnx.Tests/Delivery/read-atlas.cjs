// Prints, as JSON, where a consumer of TexturePacker's JSON finds each sprite: for frames the page's pixel position of the trimmed sprite's top left corner and the steps
// across and down, as the consumer's texture coordinates say.
// Arguments: pixi, phaser-hash or phaser-array; the JSON file; width and height of the page.
const fs = require('fs');
const path = require('path');

const [reader, file, width, height] = process.argv.slice(2);
const page = { width: Number(width), height: Number(height) };
const json = JSON.parse(fs.readFileSync(file, 'utf8'));
const print = result => fs.writeSync(1, JSON.stringify(result) + '\n');

const pixi = async () => {
  const { Spritesheet } = require('@pixi/spritesheet');
  const { BaseTexture } = require('@pixi/core');
  const sheet = new Spritesheet(new BaseTexture(null, page), json);
  await sheet.parse();
  const frames = {};
  for (const [name, texture] of Object.entries(sheet.textures)) {
    texture.updateUvs();
    const uvs = texture._uvs;
    const size = texture.trim || texture.orig;
    const corner = i => [uvs['x' + i] * page.width, uvs['y' + i] * page.height];
    const [origin, right, , below] = [corner(0), corner(1), corner(2), corner(3)];
    frames[name] = {
      origin,
      across: [(right[0] - origin[0]) / size.width, (right[1] - origin[1]) / size.width],
      down: [(below[0] - origin[0]) / size.height, (below[1] - origin[1]) / size.height],
      trim: [texture.trim ? texture.trim.x : 0, texture.trim ? texture.trim.y : 0, size.width, size.height],
      source: [texture.orig.width, texture.orig.height],
      pivot: [texture.defaultAnchor.x, texture.defaultAnchor.y],
      borders: texture.defaultBorders ? [texture.defaultBorders.left, texture.defaultBorders.top, texture.defaultBorders.right, texture.defaultBorders.bottom] : null,
    };
  }
  const animations = {};
  for (const [name, textures] of Object.entries(sheet.animations)) {
    animations[name] = textures.map(texture => Object.keys(sheet.textures).find(key => sheet.textures[key] === texture));
  }
  print({ frames, animations });
};

const phaser = parser => {
  const root = path.dirname(require.resolve('phaser/package.json'));
  const Frame = require(path.join(root, 'src/textures/Frame.js'));
  const texture = { source: [page], customData: {}, frames: {} };
  texture.add = (name, index, x, y, w, h) => (texture.frames[name] ? null : (texture.frames[name] = new Frame(texture, name, index, x, y, w, h)));
  require(path.join(root, 'src/textures/parsers', parser))(texture, 0, json);
  delete texture.frames.__BASE;
  const frames = {};
  for (const [name, frame] of Object.entries(texture.frames)) {
    const [across, down] = [(frame.u1 - frame.u0) * page.width, (frame.v1 - frame.v0) * page.height];
    const [w, h] = [frame.cutWidth, frame.cutHeight];
    const borders = frame.data.scale9Borders;
    frames[name] = {
      origin: [frame.u0 * page.width, frame.v0 * page.height],
      across: frame.rotated ? [0, down / w] : [across / w, 0],
      down: frame.rotated ? [across / h, 0] : [0, down / h],
      trim: [frame.x, frame.y, w, h],
      source: [frame.realWidth, frame.realHeight],
      pivot: [frame.pivotX, frame.pivotY],
      borders: frame.data.scale9 ? [borders.x, borders.y, w - borders.x - borders.w, h - borders.y - borders.h] : null,
    };
  }
  print({ frames, animations: texture.customData.animations || {} });
};

if (reader === 'pixi') {
  pixi().catch(error => { console.error(error); process.exit(1); });
} else {
  phaser(reader === 'phaser-hash' ? 'JSONHash.js' : 'JSONArray.js');
}
