//! JSON records in plain form to columns of numbers, codes and places of texts.
//!
//! A strict subset of JSON: whatever is odd about a record (an escape, a field twice, of another type
//! or out of its range, deep nesting) refuses all of it, and whoever called reads that record
//! patiently. So nothing here decides what a record means that the patient reader could see
//! otherwise. It allocates nothing but the schema, and keeps nothing between calls.

mod batches;
mod gather;
mod json;
mod shape;

use json::Reader;
use shape::{Columns, Kind, Schema, Shape, MOST_FIELDS};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::NonNull;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// What a call reads and writes, as the caller lays it out.
#[repr(C)]
pub struct Call {
    data: *const u8,
    length: usize,
    /// Where each record begins and ends in the data.
    spans: *const i64,
    records: usize,
    arrays: u8,
    /// The most items that an array may have.
    most_items: usize,
    /// Rows, neighbours: room before, count after; fields that some of them, or of `broadcast`, has.
    row_room: usize,
    neighbour_room: usize,
    rows: usize,
    neighbours: usize,
    row_fields: u64,
    neighbour_fields: u64,
    broadcast_fields: u64,
    /// Whether each record is odd.
    odd: *mut u8,
    /// Each row's record, and its place in an array or -1; each neighbour's row.
    record: *mut i64,
    index: *mut i64,
    neighbour_row: *mut i64,
    numbers: *mut f64,
    codes: *mut u8,
    texts: *mut i64,
    neighbour_numbers: *mut f64,
    broadcast_numbers: *mut f64,
    neighbour_codes: *mut u8,
}

/// All columns that are written.
struct Output<'a> {
    rows: Columns<'a>,
    neighbours: Columns<'a>,
    broadcast: Columns<'a>,
    record: &'a mut [i64],
    index: &'a mut [i64],
    neighbour_row: &'a mut [i64],
    follows: [[u8; MOST_FIELDS + 1]; 3],
}

impl Output<'_> {
    fn counts(&self) -> (usize, usize) {
        (self.rows.rows, self.neighbours.rows)
    }

    /// One object of a record as a row.
    fn row(&mut self, reader: &mut Reader, schema: &Schema, record: i64, index: i64) -> Option<()> {
        let row = self.rows.rows;
        let [of_row, of_neighbour, of_broadcast] = &mut self.follows;
        let (neighbours, broadcast) = (&mut self.neighbours, &mut self.broadcast);
        let neighbour_row = &mut self.neighbour_row;
        let mut has_broadcast = false;
        let mut inner = |reader: &mut Reader, kind: Kind, row: usize| {
            if kind == Kind::Object {
                has_broadcast = true;
                broadcast.rows = row;
                let given =
                    reader
                        .object(&schema.broadcast, broadcast, of_broadcast, &mut |_, _, _| None)?;
                broadcast.seen |= given;
                return Some(());
            }
            reader.take(b'[')?;
            if reader.next() == b']' {
                reader.at += 1;
                return Some(());
            }
            loop {
                let place = neighbours.rows;
                let given = reader.object(
                    &schema.neighbour,
                    neighbours,
                    of_neighbour,
                    &mut |_, _, _| None,
                )?;
                neighbours.seen |= given;
                *neighbour_row.get_mut(place)? = row as i64;
                if reader.ended(b']')? {
                    return Some(());
                }
            }
        };
        let given = reader.object(&schema.row, &mut self.rows, of_row, &mut inner)?;
        self.rows.seen |= given;
        if !has_broadcast && !schema.broadcast.fields.is_empty() {
            self.broadcast.rows = row;
            self.broadcast.end_row(&schema.broadcast, 0);
        }
        *self.record.get_mut(row)? = record;
        *self.index.get_mut(row)? = index;
        Some(())
    }

    /// All rows of a record.
    fn record(
        &mut self,
        reader: &mut Reader,
        schema: &Schema,
        record: i64,
        arrays: bool,
        most: usize,
    ) -> Option<()> {
        if arrays && reader.next() == b'[' {
            reader.at += 1;
            if reader.next() == b']' {
                reader.at += 1;
            } else {
                for index in 0.. {
                    if index >= most {
                        return None;
                    }
                    self.row(reader, schema, record, index as i64)?;
                    if reader.ended(b']')? {
                        break;
                    }
                }
            }
        } else {
            self.row(reader, schema, record, -1)?;
        }
        reader.next();
        (reader.at == reader.data.len()).then_some(())
    }
}

unsafe fn read(schema: &Schema, call: &mut Call) {
    const NUMBERS: [Kind; 3] = [Kind::Float, Kind::Int, Kind::Bool];
    let (rows, neighbours) = (call.row_room, call.neighbour_room);
    let data = from_raw_parts(call.data, call.length);
    let spans = from_raw_parts(call.spans, 2 * call.records);
    let odd = from_raw_parts_mut(call.odd, call.records);
    let row = &schema.row;
    let columns = |room: usize, shape: &Shape, numbers, codes, texts| Columns {
        room,
        rows: 0,
        seen: 0,
        written: 0,
        numbers: from_raw_parts_mut(numbers, room * shape.count(&NUMBERS)),
        codes: from_raw_parts_mut(codes, room * shape.count(&[Kind::Listed])),
        texts: from_raw_parts_mut(texts, 2 * room * shape.count(&[Kind::Text])),
    };
    let (no_codes, no_texts) = (NonNull::dangling().as_ptr(), NonNull::dangling().as_ptr());
    let mut follows = [[0u8; MOST_FIELDS + 1]; 3];
    for each in &mut follows {
        (0..MOST_FIELDS).for_each(|place| each[place] = place as u8 + 1);
    }
    let mut output = Output {
        rows: columns(rows, row, call.numbers, call.codes, call.texts),
        neighbours: columns(
            neighbours,
            &schema.neighbour,
            call.neighbour_numbers,
            call.neighbour_codes,
            no_texts,
        ),
        broadcast: columns(rows, &schema.broadcast, call.broadcast_numbers, no_codes, no_texts),
        record: from_raw_parts_mut(call.record, rows),
        index: from_raw_parts_mut(call.index, rows),
        neighbour_row: from_raw_parts_mut(call.neighbour_row, neighbours),
        follows,
    };
    for record in 0..call.records {
        let (begin, end) = (spans[2 * record] as usize, spans[2 * record + 1] as usize);
        let before = output.counts();
        let seen = (output.rows.seen, output.neighbours.seen, output.broadcast.seen);
        // The end of what a record may see is its own: texts have their places in all of the data.
        let mut reader = Reader { data: &data[..end], at: begin };
        let arrays = call.arrays != 0;
        let read = output.record(&mut reader, schema, record as i64, arrays, call.most_items);
        odd[record] = read.is_none() as u8;
        if read.is_none() {
            (output.rows.rows, output.neighbours.rows) = before;
            (output.rows.seen, output.neighbours.seen, output.broadcast.seen) = seen;
        }
    }
    (call.rows, call.neighbours) = output.counts();
    call.row_fields = output.rows.seen;
    call.neighbour_fields = output.neighbours.seen;
    call.broadcast_fields = output.broadcast.seen;
}

/// A schema, which is never given back, from its lines, whose words lie between tabs. First a group
/// (`row`, `neighbour`, `broadcast`); then of a field its kind, `required` or not, its name, the
/// lowest and the highest number, and the codes of listed texts; of fields that are there all or
/// none, `together` and their names; of a number that a code bounds, `fits`, both names, and the
/// limit for each code. Null where the lines are none.
///
/// # Safety
/// `lines` has `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn plain_schema(lines: *const u8, length: usize) -> *const Schema {
    catch_unwind(|| {
        let text = std::str::from_utf8(from_raw_parts(lines, length)).ok()?;
        let lines: Vec<&str> = text.lines().collect();
        let schema = Schema {
            row: Shape::of(&lines, "row")?,
            neighbour: Shape::of(&lines, "neighbour")?,
            broadcast: Shape::of(&lines, "broadcast")?,
        };
        // There is no room for these.
        let more = schema.neighbour.count(&[Kind::Text, Kind::Objects, Kind::Object])
            + schema.broadcast.count(&[Kind::Text, Kind::Listed, Kind::Objects, Kind::Object]);
        (more == 0).then_some(schema)
    })
    .ok()
    .flatten()
    .map_or(std::ptr::null(), |schema| Box::into_raw(Box::new(schema)))
}

/// The digest of this source, as the build gave it, in 64 hexadecimal digits.
#[no_mangle]
pub extern "C" fn plain_digest() -> *const u8 {
    concat!(env!("PLAIN_DIGEST"), "\0").as_ptr()
}

/// Reads the records of a call; 0, or 1 where that failed and nothing that was written counts.
///
/// # Safety
/// `schema` is one of `plain_schema`, and all that `call` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn plain_read(schema: *const Schema, call: *mut Call) -> i32 {
    catch_unwind(AssertUnwindSafe(|| read(&*schema, &mut *call))).is_err() as i32
}
