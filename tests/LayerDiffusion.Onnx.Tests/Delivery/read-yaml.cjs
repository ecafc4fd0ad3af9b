// Prints a YAML file as JSON; whole numbers become strings, because those of Unity do not fit JavaScript's.
const fs = require('fs');
const { parseDocument } = require('yaml');

const document = parseDocument(fs.readFileSync(process.argv[2], 'utf8'), { version: '1.2', intAsBigInt: true, strict: true, uniqueKeys: true });
if (document.errors.length + document.warnings.length > 0) {
  throw new Error([...document.errors, ...document.warnings].join('\n'));
}
fs.writeSync(1, JSON.stringify(document.toJS(), (key, value) => (typeof value === 'bigint' ? value.toString() : value)) + '\n');
