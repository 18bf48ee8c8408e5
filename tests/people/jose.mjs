// Which tokens of a corpus `jose` takes: node jose.mjs CORPUS FOLDER, where FOLDER has node_modules/jose.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // Node.js 18 does not have it there
const [, , corpusFile, folder] = process.argv;
const main = JSON.parse(readFileSync(`${folder}/node_modules/jose/package.json`)).exports["."];
const jose = await import(pathToFileURL(`${folder}/node_modules/jose/${main.default ?? main.import}`));
const corpus = JSON.parse(readFileSync(corpusFile));

const keys = jose.createLocalJWKSet(corpus.jwks);
const options = {
  issuer: corpus.issuer,
  audience: corpus.audience,
  algorithms: corpus.algorithms,
  currentDate: new Date(corpus.now * 1000),
  clockTolerance: 60,
  requiredClaims: ["exp", "iat", "sub"],
};
const taken = {};
for (const { name, token } of corpus.tokens) {
  try {
    await jose.jwtVerify(token, keys, options);
    taken[name] = "";
  } catch (error) {
    taken[name] = `${error.code ?? error.name}: ${error.message}`;
  }
}
console.log(JSON.stringify(taken));
