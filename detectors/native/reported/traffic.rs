//! Reports of cells counted: what `detectors.sites.traffic.listed_reports` does with NumPy, to the
//! bit, without putting all of them in order.

use super::seen::{by_cell, Group, Seen};
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A cell's reports, the beginnings of the windows of the first and the last of them, and how many
/// phones are kept of it.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Counted {
    cell: u32,
    reports: i64,
    first_ms: i64,
    last_ms: i64,
    phones: u8,
}

/// A phone of the cell whose turn it is, and where it was.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Phone {
    phone: u32,
    lat: i32,
    lon: i32,
}

/// So many `reports`; cells so far, in order, and their phones one cell after the other, each one's
/// in order, at most `most`.
///
/// Written are both with the reports: into rooms for as many more as there are reports.
#[repr(C)]
pub struct Counting {
    reports: *const Seen,
    count: usize,
    cells: *const Counted,
    cell_count: usize,
    phones: *const Phone,
    phone_count: usize,
    most: usize,
    seed: u64,
    new_cells: *mut Counted,
    new_cell_count: usize,
    new_phones: *mut Phone,
    new_phone_count: usize,
}

/// `detectors.sites.traffic.tally.mixed`.
fn mixed(lat: i32, lon: i32) -> u32 {
    let north = (lat as i64).wrapping_mul(0x9E37_79B1);
    (north ^ (lon as i64).wrapping_mul(0x85EB_CA6B)) as u32
}

impl Fresh {
    fn of(report: &Seen, row: u32) -> Self {
        let Seen { window_ms, served } = *report;
        let (phone, lat, lon) = (served.phone, served.lat, served.lon);
        Fresh { phone, mixed: mixed(lat, lon), row, lat, lon, window_ms }
    }
}

impl Counting {
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn count(&mut self) -> Option<()> {
        let reports = from_raw_parts(self.reports, self.count);
        let mut old = from_raw_parts(self.cells, self.cell_count).iter().copied().peekable();
        let mut phones = Phones(from_raw_parts(self.phones, self.phone_count));
        let mut cells = Written::of(self.new_cells, self.cell_count + self.count);
        let mut seen = Written::of(self.new_phones, self.phone_count + self.count);
        let (mut fresh, groups) = by_cell(reports, i64::MIN, self.seed, Fresh::of)?;
        for Group { cell, begin, end } in groups {
            while let Some(other) = old.next_if(|each| each.cell < cell) {
                cells.push(other)?;
                seen.push_all(phones.next(other.phones)?)?;
            }
            let own = &mut fresh[begin as usize..end as usize];
            let first = own.first()?.window_ms;
            let unknown = Counted { cell, reports: 0, first_ms: first, last_ms: first, phones: 0 };
            let mut counted = old.next_if(|each| each.cell == cell).unwrap_or(unknown);
            counted.reports += own.len() as i64;
            for report in own.iter() {
                counted.first_ms = { counted.first_ms }.min(report.window_ms);
                counted.last_ms = { counted.last_ms }.max(report.window_ms);
            }
            let known = phones.next(counted.phones)?;
            let own = might_stay(own, known, self.most);
            own.sort_unstable_by_key(|report| (report.phone, report.mixed, report.row));
            counted.phones = seen.push_each(known, own, self.most)?.try_into().ok()?;
            cells.push(counted)?;
        }
        old.try_for_each(|other| cells.push(other))?;
        seen.push_all(phones.0)?;
        (self.new_cell_count, self.new_phone_count) = (cells.count, seen.count);
        Some(())
    }
}

/// Those of cells whose turn didn't come yet.
struct Phones<'a>(&'a [Phone]);

impl<'a> Phones<'a> {
    /// Those of the next cell, so many.
    fn next(&mut self, count: u8) -> Option<&'a [Phone]> {
        let own = self.0.get(..count.into())?;
        self.0 = &self.0[own.len()..];
        Some(own)
    }
}

/// A report of some cell, with the mix of its place.
#[derive(Clone, Copy, Default)]
struct Fresh {
    phone: u32,
    mixed: u32,
    row: u32,
    lat: i32,
    lon: i32,
    window_ms: i64,
}

/// The reports of phones that may be among the `most` with the smallest numbers: once so many are
/// known, larger numbers aren't.
fn might_stay<'a>(own: &'a mut [Fresh], known: &[Phone], most: usize) -> &'a mut [Fresh] {
    let last = match known.last() {
        Some(last) if known.len() >= most => last.phone,
        _ => return own,
    };
    let mut count = 0;
    for at in 0..own.len() {
        if own[at].phone <= last {
            own.swap(count, at);
            count += 1;
        }
    }
    &mut own[..count]
}

/// Rows that are written one after the other.
struct Written<'a, T> {
    rows: &'a mut [T],
    count: usize,
}

impl<T> Written<'_, T> {
    unsafe fn of(rows: *mut T, room: usize) -> Self {
        Written { rows: from_raw_parts_mut(rows, room), count: 0 }
    }

    fn push(&mut self, row: T) -> Option<()> {
        *self.rows.get_mut(self.count)? = row;
        self.count += 1;
        Some(())
    }
}

impl Written<'_, Phone> {
    fn push_all(&mut self, phones: &[Phone]) -> Option<()> {
        phones.iter().try_for_each(|&phone| self.push(phone))
    }

    /// Of the phones of a cell, known ones and those of reports, both in order, those with the
    /// smallest numbers: of the places of a phone that with the smallest mix stays, of several the
    /// first. How many there are.
    fn push_each(&mut self, known: &[Phone], fresh: &[Fresh], most: usize) -> Option<usize> {
        let before = self.count;
        let (mut known, mut fresh) = (known.iter().peekable(), fresh.iter().peekable());
        for _ in 0..most {
            let next = [known.peek().map(|each| each.phone), fresh.peek().map(|each| each.phone)];
            let phone = match next.into_iter().flatten().min() {
                Some(phone) => phone,
                None => break,
            };
            let old = known.next_if(|each| each.phone == phone);
            let new = fresh.next_if(|each| each.phone == phone);
            while fresh.next_if(|each| each.phone == phone).is_some() {}
            self.push(match (old, new) {
                (Some(old), Some(new)) if new.mixed >= mixed(old.lat, old.lon) => *old,
                (_, Some(new)) => Phone { phone, lat: new.lat, lon: new.lon },
                (old, None) => *old?,
            })?;
        }
        Some(self.count - before)
    }
}
