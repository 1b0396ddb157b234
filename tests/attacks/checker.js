// A checker of signatures and proofs that shares no code with the package: written from docs/wire.md and RFC 9162.
// Reads one JSON document on standard input and prints one: {"envelopes": {name: bool}, "frames": {name: bool},
// "proofs": [bool]}. Needs Node's own modules only.
"use strict";
const crypto = require("crypto");

const H = (...parts) => crypto.createHash("sha256").update(Buffer.concat(parts)).digest();

class Cursor {
  constructor(data) { this.data = data; this.at = 0; }
  take(size) {
    if (this.at + size > this.data.length) throw new Error("too short");
    const part = this.data.subarray(this.at, this.at + size);
    this.at += size;
    return part;
  }
  number(size) { return this.take(size).readUIntBE(0, size); }
  sized() { return this.take(this.number(4)); }
  end() { if (this.at !== this.data.length) throw new Error("too long"); }
}

function ed25519(raw, signature, data) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(raw, "base64")]);
  const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  return crypto.verify(null, data, key, signature);
}

function envelope(wire, keys) {
  const cursor = new Cursor(wire);
  if (cursor.take(6).toString() !== "i247e1") return false;
  const full = cursor.take(1).toString() === "F";
  const headerJson = cursor.sized();
  const header = JSON.parse(headerJson.toString());
  let hubDigest, mine = -1;
  if (full) hubDigest = H(cursor.take(32), cursor.sized());
  else { hubDigest = cursor.take(32); mine = cursor.number(2); cursor.take(8); }
  const digests = [];
  const count = cursor.number(2);
  for (let index = 0; index < count; index++) {
    digests.push(full || index === mine ? H(cursor.take(1168)) : cursor.take(32));
  }
  const body = cursor.sized();
  const signed = Buffer.concat([Buffer.from("i247/v1/sig\0"), H(headerJson, hubDigest), H(...digests), H(body)]);
  const good = ed25519(keys[header.from], cursor.take(64), signed);
  if (header.suite === "i247-2") cursor.take(3309);  // ML-DSA-65: not in every Node
  cursor.end();
  return good;
}

function frame(wire, keys) {
  const cursor = new Cursor(wire);
  if (cursor.take(6).toString() !== "i247c1") return false;
  const data = cursor.sized();
  const parsed = JSON.parse(data.toString());
  const signed = Buffer.concat([Buffer.from("i247/v1/frame/" + parsed.type + "\0"), H(data)]);
  const good = ed25519(keys[parsed.from], cursor.take(64), signed);
  cursor.end();
  return good;
}

// RFC 9162, 2.1.4.2
function continued(first, firstRoot, second, secondRoot, proof) {
  const path = proof.map((hex) => Buffer.from(hex, "hex"));
  const old = Buffer.from(firstRoot, "hex");
  if (path.length === 0) return false;
  if (Number.isInteger(Math.log2(first))) path.unshift(old);
  let fn = first - 1, sn = second - 1;
  while (fn % 2 === 1) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
  let fr = path[0], sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = H(Buffer.from([1]), c, fr);
      sr = H(Buffer.from([1]), c, sr);
      while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else sr = H(Buffer.from([1]), sr, c);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && fr.equals(old) && sr.equals(Buffer.from(secondRoot, "hex"));
}

const attempt = (check) => { try { return check(); } catch { return false; } };
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const output = { envelopes: {}, frames: {}, proofs: [] };
for (const [name, wire] of input.envelopes)
  output.envelopes[name] = attempt(() => envelope(Buffer.from(wire, "base64"), input.keys));
for (const [name, wire] of input.frames)
  output.frames[name] = attempt(() => frame(Buffer.from(wire, "base64"), input.keys));
for (const one of input.proofs)
  output.proofs.push(attempt(() => continued(one.old, one.oldRoot, one.size, one.root, one.path)));
console.log(JSON.stringify(output));
