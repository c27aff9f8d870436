import { constants } from 'node:os';
import type { LibraryHandle } from 'koffi';

/** What the system can do and Node does not offer: mapping files into memory, reserving disk space, locking files. */
export interface Native {
  /**
   * Reserves memory that files are mapped into, at the beginning of a page; the system gives it where it is touched. It is an
   * ordinary ArrayBuffer: whatever is mapped over it goes with it, when nothing refers to it any more. (Memory that the native
   * library has reserved would count as a burden on the garbage collector, and be collected for over and over.)
   */
  reserve(sizeOctets: number): MappedMemory;
  /** Maps the file's first octets at `offset` of the memory, in place of what was there. */
  map(memory: MappedMemory, offset: number, sizeOctets: number, descriptor: number): void;
  /** Puts plain, empty memory in place of a mapping, so that whatever still points there finds something. */
  unmap(memory: MappedMemory, offset: number, sizeOctets: number): void;
  /** Reserves disk space, so that writing to a mapping can't fail for want of it. @throws ENOSPC */
  preallocate(descriptor: number, sizeOctets: number): void;
  /** Locks the file for this process until its descriptor is closed or the process ends; false: another one has it. */
  tryLock(descriptor: number): boolean;
}

/** Address space for mappings. */
export interface MappedMemory {
  readonly octets: Buffer;
  readonly address: bigint;
}

const PAGE_OCTETS = 64 * 1024; // the largest that systems have
const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
/** Anonymous memory that takes no swap space: the flags differ from system to system. */
const MAP_RESERVED: Readonly<Record<string, number>> = { linux: 0x20 | 0x4000, darwin: 0x1000 | 0x40 };
const LIBC: Readonly<Record<string, string>> = { linux: 'libc.so.6', darwin: 'libSystem.B.dylib' };
const LOCK_EXCLUSIVE_NONBLOCKING = 2 | 4;

type Koffi = Pick<typeof import('koffi'), 'load' | 'address' | 'errno'>;
type Call = ReturnType<LibraryHandle['func']>;

let loaded: Promise<Native | undefined> | undefined;

/** Undefined where the native library is not installed, does not load, or knows no such system. */
export function loadNative(): Promise<Native | undefined> {
  loaded ??= load(process.platform);
  return loaded;
}

async function load(platform: string): Promise<Native | undefined> {
  const libc = LIBC[platform];
  if (libc === undefined) return undefined;
  try {
    const { default: library } = await import('koffi');
    return new Libc(library, libc, MAP_RESERVED[platform]!, platform === 'linux');
  } catch {
    return undefined;
  }
}

/** Calls of the C library. */
class Libc implements Native {
  private readonly koffi: Koffi;
  private readonly reservedFlags: number;
  private readonly mmap: Call;
  private readonly memmove: Call;
  private readonly flock: Call;
  private readonly fallocate: Call | undefined;

  constructor(library: Koffi, path: string, reservedFlags: number, hasFallocate: boolean) {
    const libc = library.load(path);
    this.koffi = library;
    this.reservedFlags = reservedFlags;
    this.mmap = libc.func(
      'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
    );
    this.memmove = libc.func('void *memmove(void *target, void *source, size_t length)');
    this.flock = libc.func('int flock(int fd, int operation)');
    if (hasFallocate) this.fallocate = libc.func('int posix_fallocate(int fd, int64_t offset, int64_t length)');
  }

  reserve(sizeOctets: number): MappedMemory {
    const memory = new ArrayBuffer(sizeOctets + PAGE_OCTETS);
    const octets = Buffer.from(memory);
    const address = this.koffi.address(this.memmove(octets, octets, 0)); // does nothing but return where they are
    const past = Number(address % BigInt(PAGE_OCTETS));
    const start = past === 0 ? 0 : PAGE_OCTETS - past;
    return { octets: octets.subarray(start, start + sizeOctets), address: address + BigInt(start) };
  }

  map(memory: MappedMemory, offset: number, sizeOctets: number, descriptor: number): void {
    this.mapFixed(memory, offset, sizeOctets, MAP_SHARED, descriptor);
  }

  unmap(memory: MappedMemory, offset: number, sizeOctets: number): void {
    this.mapFixed(memory, offset, sizeOctets, MAP_PRIVATE | this.reservedFlags, -1);
  }

  private mapFixed({ address, octets }: MappedMemory, offset: number, length: number, flags: number, fd: number): void {
    if (offset < 0 || offset + length > octets.length) throw new RangeError('mapping outside of its window');
    const at = address + BigInt(offset);
    const pointer: unknown = this.mmap(at, length, PROT_READ_WRITE, flags | MAP_FIXED, fd, 0);
    if (this.koffi.address(pointer) !== at) throw this.lastError('mmap');
  }

  preallocate(descriptor: number, sizeOctets: number): void {
    if (this.fallocate === undefined) throw new Error('posix_fallocate is not available');
    let code: number;
    do code = this.fallocate(descriptor, 0, sizeOctets) as number;
    while (code === constants.errno.EINTR);
    if (code !== 0) throw systemError('posix_fallocate', code);
  }

  tryLock(descriptor: number): boolean {
    if ((this.flock(descriptor, LOCK_EXCLUSIVE_NONBLOCKING) as number) === 0) return true;
    const code = this.koffi.errno();
    if (code === constants.errno.EWOULDBLOCK) return false;
    throw systemError('flock', code);
  }

  private lastError(call: string): Error {
    return systemError(call, this.koffi.errno());
  }
}

function systemError(call: string, errno: number): Error {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
  return Object.assign(new Error(`${name}: ${call} failed`), { code: name, errno, syscall: call });
}
