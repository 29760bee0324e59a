// Parses the events of a JSON list of XML texts (standard input) with node-cot, and prints what it
// made of each, as GeoJSON or as the message of its refusal, with the type codes that it knows.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import CoT from '@tak-ps/node-cot';

const main = createRequire(import.meta.url).resolve('@tak-ps/node-cot');
const types = readFileSync(join(dirname(main), 'lib', 'types', 'cot-types.xml'), 'utf8');
const codes = (tag, key) =>
  [...types.matchAll(new RegExp(`<${tag}\\s[^>]*?${key}="([^"]+)"`, 'g'))].map((found) => found[1]);

const parsed = JSON.parse(readFileSync(0, 'utf8')).map((text) => {
  try {
    const event = new CoT(text);
    return { uid: event.uid(), callsign: event.callsign(), geojson: event.to_geojson(), raw: event.raw };
  } catch (error) {
    return { refused: String(error.message) };
  }
});
process.stdout.write(JSON.stringify({ parsed, types: codes('cot', 'cot'), hows: codes('how', 'cot'), whats: codes('how', 'value') }));
