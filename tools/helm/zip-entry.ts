import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const DIRECTORY_HEADER_SIZE = 46;
const LOCAL_HEADER_SIZE = 30;
const DEFLATED = 8;

/**
 * Reads one deflated file out of a ZIP archive, as far as the format (PKWARE APPNOTE, 4.3) is needed here: no ZIP64, no
 * encryption, no check sums.
 *
 * @param name - the file's whole path in the archive
 */
export async function openZipEntry(archive: FileHandle, name: string): Promise<Readable> {
  const { size } = await archive.stat();
  const tail = await readAt(archive, Math.max(0, size - END_SIZE - LONGEST_COMMENT), size);
  const end = tail.lastIndexOf(Buffer.from(new Uint32Array([END_OF_DIRECTORY]).buffer));
  if (end < 0) throw new Error('this is not a ZIP archive: it has no end of directory');
  const directoryStart = tail.readUInt32LE(end + 16);
  const directory = await readAt(
    archive,
    directoryStart,
    directoryStart + tail.readUInt32LE(end + 12),
  );
  const entry = findEntry(directory, name);
  const local = await readAt(archive, entry.offset, entry.offset + LOCAL_HEADER_SIZE);
  const start = entry.offset + LOCAL_HEADER_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = archive.createReadStream({
    start,
    end: start + entry.packedSize - 1,
    autoClose: false,
  });
  return packed.pipe(createInflateRaw());
}

function findEntry(directory: Buffer, name: string): { offset: number; packedSize: number } {
  for (let at = 0; at < directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    const nameEnd = at + DIRECTORY_HEADER_SIZE + nameLength;
    if (directory.toString('utf8', at + DIRECTORY_HEADER_SIZE, nameEnd) === name) {
      if (directory.readUInt16LE(at + 10) !== DEFLATED) throw new Error(`${name} is not deflated`);
      return {
        offset: directory.readUInt32LE(at + 42),
        packedSize: directory.readUInt32LE(at + 20),
      };
    }
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no file ${name}`);
}

async function readAt(archive: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await archive.read(buffer, 0, buffer.length, start);
  return buffer.subarray(0, bytesRead);
}
