//! The records of a batch of Kafka's (KIP-98): its checksum, and where the parts of each lie.
//!
//! Whatever is odd about a batch refuses all of it, and whoever called reads it patiently.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Bytes of the longest varint of 64 bits.
const LONGEST_VARINT: u32 = 10;
/// Numbers of each record: its offset and time less the batch's first, where its value begins and
/// ends (-1 for none), and how many headers it has.
const OF_RECORD: usize = 5;
/// Of each header: where its name begins and ends, and its value (-1 for none).
const OF_HEADER: usize = 4;

/// What a call reads and writes, as the caller lays it out.
#[repr(C)]
pub struct Unpacked {
    /// The records, behind the batch's header and unpacked.
    data: *const u8,
    length: usize,
    count: usize,
    records: *mut i64,
    header_room: usize,
    /// How many there are, after the call.
    header_count: usize,
    headers: *mut i64,
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<i64> {
        let mut number = 0u64;
        for place in 0..LONGEST_VARINT {
            let byte = self.byte()?;
            if place + 1 == LONGEST_VARINT && byte > 1 {
                return None;
            }
            number |= ((byte & 0x7f) as u64) << (7 * place);
            if byte & 0x80 == 0 {
                return Some((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        None
    }

    /// Where the next part begins and ends; -1 for one that is missing.
    fn part(&mut self) -> Option<[i64; 2]> {
        let length = self.varint()?;
        if length == -1 {
            return Some([-1, -1]);
        }
        let begin = self.at;
        let end = begin.checked_add(usize::try_from(length).ok()?)?;
        self.at = end;
        (end <= self.data.len()).then(|| [begin as i64, end as i64])
    }
}

unsafe fn read(call: &mut Unpacked) -> Option<()> {
    let records = from_raw_parts_mut(call.records, OF_RECORD * call.count);
    let headers = from_raw_parts_mut(call.headers, OF_HEADER * call.header_room);
    let mut reader = Reader { data: from_raw_parts(call.data, call.length), at: 0 };
    let mut written = 0;
    for record in records.chunks_exact_mut(OF_RECORD) {
        let length = usize::try_from(reader.varint()?).ok()?;
        let end = reader.at.checked_add(length)?;
        // Attributes of a record, of which there are none yet.
        if reader.byte()? != 0 {
            return None;
        }
        let (time, offset) = (reader.varint()?, reader.varint()?);
        reader.part()?;
        let [begin, value_end] = reader.part()?;
        let count = reader.varint()?;
        for _ in 0..count {
            let [name, value] = [reader.part()?, reader.part()?];
            let room = headers.get_mut(OF_HEADER * written..OF_HEADER * (written + 1))?;
            room.copy_from_slice(&[name[0], name[1], value[0], value[1]]);
            written += 1;
            if name[0] < 0 {
                return None;
            }
        }
        record.copy_from_slice(&[offset, time, begin, value_end, count]);
        if reader.at != end || offset < 0 || count < 0 {
            return None;
        }
    }
    call.header_count = written;
    (reader.at == call.length).then_some(())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
unsafe fn crc32c(data: &[u8]) -> u32 {
    use std::arch::x86_64::{_mm_crc32_u64, _mm_crc32_u8};
    let words = data.chunks_exact(8);
    let rest = words.remainder();
    let mut crc = u32::MAX as u64;
    for word in words {
        crc = _mm_crc32_u64(crc, u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    !rest.iter().fold(crc as u32, |crc, &byte| _mm_crc32_u8(crc, byte))
}

#[cfg(target_arch = "x86_64")]
unsafe fn checksum(data: &[u8]) -> i64 {
    if is_x86_feature_detected!("sse4.2") {
        crc32c(data) as i64
    } else {
        -1
    }
}

#[cfg(not(target_arch = "x86_64"))]
unsafe fn checksum(_: &[u8]) -> i64 {
    -1
}

/// The checksum of some bytes (CRC-32C); -1 where the processor has no instruction for it.
///
/// # Safety
/// `data` has `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn batch_checksum(data: *const u8, length: usize) -> i64 {
    checksum(from_raw_parts(data, length))
}

/// Finds the parts of a batch's records; 0, or 1 where it is odd and nothing that was written counts.
///
/// # Safety
/// All that `call` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn batch_read(call: *mut Unpacked) -> i32 {
    catch_unwind(AssertUnwindSafe(|| read(&mut *call))).map_or(1, |read| read.is_none() as i32)
}
