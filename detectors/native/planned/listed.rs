//! What the register says of listed cells that phones receive, a column for each question: as
//! `detectors.features.plan.listed_cells` asks it.

use crate::ahead::{ask, ROWS_AHEAD};
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A column of a register, in steps of its values: of what no row has one value stands for all.
#[repr(C)]
pub struct Column {
    first: *const f64,
    step: usize,
}

impl Column {
    unsafe fn values(&self, count: usize) -> Option<Values<'_>> {
        let last = count.checked_sub(1)?;
        Some(Values { values: from_raw_parts(self.first, last * self.step + 1), step: self.step })
    }
}

struct Values<'a> {
    values: &'a [f64],
    step: usize,
}

impl Values<'_> {
    fn at(&self, row: usize) -> f64 {
        self.values[row * self.step]
    }

    fn ask(&self, row: usize) {
        // Of what no row has one value stands for all, which is at hand.
        if self.step > 0 {
            ask(self.values, row.wrapping_mul(self.step));
        }
    }
}

/// What is taken for numbers that aren't given, and what no degree of a great circle is longer than,
/// with what computing is off by at most (m).
#[repr(C)]
pub struct Taken {
    range_m: f64,
    samples: f64,
    changeable: f64,
    a_degree_m: f64,
    off_m: f64,
}

/// `entries` listed cells, each of a row of the batch and `found` in a row of the register, with
/// channel and code; places of the phones of `rows` reports; `cells` of a register, of which those
/// that `go` have no place. What is laid out is of each entry one after the other: how far the mast
/// is at most, range and samples; and whether the place is an estimate, channel and code are others,
/// and both just as planned.
#[repr(C)]
pub struct Listed {
    row: *const i64,
    found: *const i64,
    arfcn: *const f64,
    pci: *const f64,
    entries: usize,
    lat: *const f64,
    lon: *const f64,
    rows: usize,
    goes: *const u8,
    cells: usize,
    cell_lat: Column,
    cell_lon: Column,
    range_m: Column,
    samples: Column,
    changeable: Column,
    cell_arfcn: Column,
    cell_pci: Column,
    taken: Taken,
    numbers: *mut f64,
    answers: *mut u8,
}

/// Lays out what is asked; 0.
///
/// # Safety
/// All that `given` points to is as large as it says: `numbers` three times the entries, `answers`
/// four times.
#[no_mangle]
pub unsafe extern "C" fn planned_listed(given: *const Listed) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let (count, taken) = (given.entries, &given.taken);
        let (row, found) = (from_raw_parts(given.row, count), from_raw_parts(given.found, count));
        let (arfcn, pci) = (from_raw_parts(given.arfcn, count), from_raw_parts(given.pci, count));
        let lat = from_raw_parts(given.lat, given.rows);
        let lon = from_raw_parts(given.lon, given.rows);
        let goes = from_raw_parts(given.goes, given.cells);
        let [cell_lat, cell_lon] =
            [given.cell_lat.values(given.cells)?, given.cell_lon.values(given.cells)?];
        let [range_m, samples] =
            [given.range_m.values(given.cells)?, given.samples.values(given.cells)?];
        let changeable = given.changeable.values(given.cells)?;
        let [cell_arfcn, cell_pci] =
            [given.cell_arfcn.values(given.cells)?, given.cell_pci.values(given.cells)?];
        let numbers = from_raw_parts_mut(given.numbers, 3 * count);
        let (most_m, numbers) = numbers.split_at_mut(count);
        let (ranges_m, all_samples) = numbers.split_at_mut(count);
        let answers = from_raw_parts_mut(given.answers, 4 * count);
        let (estimated, answers) = answers.split_at_mut(count);
        let (other_channel, answers) = answers.split_at_mut(count);
        let (other_code, as_planned) = answers.split_at_mut(count);
        let columns = [cell_lat, cell_lon, range_m, samples, changeable, cell_arfcn, cell_pci];
        let [cell_lat, cell_lon, range_m, samples, changeable, cell_arfcn, cell_pci] = &columns;
        for entry in 0..count {
            if let Some(&next) = found.get(entry + ROWS_AHEAD) {
                ask(goes, next as usize);
                columns.iter().for_each(|column| column.ask(next as usize));
            }
            let cell = usize::try_from(found[entry]).ok()?;
            let at = usize::try_from(row[entry]).ok()?;
            let off_deg = if *goes.get(cell)? != 0 {
                f64::NAN
            } else {
                (*lat.get(at)? - cell_lat.at(cell)).abs() + (lon[at] - cell_lon.at(cell)).abs()
            };
            most_m[entry] = off_deg * taken.a_degree_m + taken.off_m;
            ranges_m[entry] = or(range_m.at(cell), taken.range_m);
            all_samples[entry] = or(samples.at(cell), taken.samples);
            estimated[entry] = (or(changeable.at(cell), taken.changeable) > 0.0).into();
            // Comparisons with NaN are false.
            let off = [arfcn[entry] - cell_arfcn.at(cell), pci[entry] - cell_pci.at(cell)];
            other_channel[entry] = (off[0].abs() > 0.0).into();
            other_code[entry] = (off[1].abs() > 0.0).into();
            as_planned[entry] = (off == [0.0, 0.0]).into();
        }
        Some(0)
    })
}

fn or(number: f64, otherwise: f64) -> f64 {
    if number.is_nan() {
        otherwise
    } else {
        number
    }
}
