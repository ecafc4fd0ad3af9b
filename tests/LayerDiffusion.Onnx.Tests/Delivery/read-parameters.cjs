// Prints, as JSON, the text `parameters` of a PNG file as the npm package exifreader finds it, and its last line's pairs as the pattern of the AUTOMATIC1111 web UI splits it.
const fs = require('fs');
const ExifReader = require('exifreader');

const tags = ExifReader.load(fs.readFileSync(process.argv[2]), { includeUnknown: true });
const text = tags.parameters.value;
const pattern = /\s*([\p{L}\p{N}_][\p{L}\p{N}_ \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/gu;
const lines = text.trim().split('\n');
const pairs = {};
for (const [, name, value] of lines[lines.length - 1].matchAll(pattern)) {
  pairs[name] = value.startsWith('"') && value.endsWith('"') ? JSON.parse(value) : value;
}
fs.writeSync(1, JSON.stringify({ text, pairs, json: tags.layerdiffusion.value }) + '\n');
