//! Reports of cells counted: what `detectors.sites.traffic.listed_reports` does with NumPy, to the
//! bit, without putting all of them in order.

use crate::orders::Known;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// `detectors.features.rows.placed_reports.SEEN`.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Seen {
    window_ms: i64,
    served: Served,
}

/// `detectors.features.rows.placed_reports.SERVED`.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Served {
    cell: u32,
    phone: u32,
    lat: i32,
    lon: i32,
}

/// A cell's reports, and the beginnings of the windows of the first and the last of them.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Counted {
    cell: u32,
    reports: i64,
    first_ms: i64,
    last_ms: i64,
}

/// So many `reports`; cells and phones so far, in order, of each cell at most `most` phones.
///
/// Written are both with the reports: into rooms for as many more as there are reports.
#[repr(C)]
pub struct Counting {
    reports: *const Seen,
    count: usize,
    cells: *const Counted,
    cell_count: usize,
    phones: *const Served,
    phone_count: usize,
    most: usize,
    seed: u64,
    new_cells: *mut Counted,
    new_cell_count: usize,
    new_phones: *mut Served,
    new_phone_count: usize,
}

impl Served {
    /// `detectors.sites.traffic.tally.mixed`.
    fn mixed(&self) -> u32 {
        let north = (self.lat as i64).wrapping_mul(0x9E37_79B1);
        (north ^ (self.lon as i64).wrapping_mul(0x85EB_CA6B)) as u32
    }
}

impl Counting {
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn count(&mut self) -> Option<()> {
        let reports = from_raw_parts(self.reports, self.count);
        let mut old = from_raw_parts(self.cells, self.cell_count).iter().copied().peekable();
        let mut phones = from_raw_parts(self.phones, self.phone_count).iter().copied().peekable();
        let mut cells = Written::of(self.new_cells, self.cell_count + self.count);
        let mut seen = Written::of(self.new_phones, self.phone_count + self.count);
        let (mut fresh, groups) = by_cell(reports, self.seed)?;
        let mut known = Vec::with_capacity(self.most);
        for Group { cell, begin, end } in groups {
            while let Some(other) = old.next_if(|each| each.cell < cell) {
                cells.push(other)?;
            }
            while let Some(other) = phones.next_if(|each| each.cell < cell) {
                seen.push(other)?;
            }
            let own = &mut fresh[begin as usize..end as usize];
            let first = own.first()?.window_ms;
            let unknown = Counted { cell, reports: 0, first_ms: first, last_ms: first };
            let mut counted = old.next_if(|each| each.cell == cell).unwrap_or(unknown);
            counted.reports += own.len() as i64;
            for report in own.iter() {
                counted.first_ms = { counted.first_ms }.min(report.window_ms);
                counted.last_ms = { counted.last_ms }.max(report.window_ms);
            }
            cells.push(counted)?;
            known.clear();
            while let Some(one) = phones.next_if(|each| each.cell == cell) {
                known.push(one);
            }
            own.sort_unstable_by_key(|report| (report.phone, report.mixed, report.row));
            seen.push_each(&known, own, cell, self.most)?;
        }
        old.try_for_each(|other| cells.push(other))?;
        phones.try_for_each(|other| seen.push(other))?;
        (self.new_cell_count, self.new_phone_count) = (cells.count, seen.count);
        Some(())
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

/// Where the reports of a cell begin and end.
struct Group {
    cell: u32,
    begin: u32,
    end: u32,
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

impl Written<'_, Served> {
    /// Of the phones of a cell, known ones and those of reports, both in order, those with the
    /// smallest numbers: of the places of a phone that with the smallest mix stays, of several the
    /// first.
    fn push_each(
        &mut self,
        known: &[Served],
        fresh: &[Fresh],
        cell: u32,
        most: usize,
    ) -> Option<()> {
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
                (Some(old), Some(new)) if new.mixed >= old.mixed() => *old,
                (_, Some(new)) => Served { cell, phone, lat: new.lat, lon: new.lon },
                (old, None) => *old?,
            })?;
        }
        Some(())
    }
}

/// Reports by their cells, as they lie, and the cells in order.
fn by_cell(reports: &[Seen], seed: u64) -> Option<(Vec<Fresh>, Vec<Group>)> {
    let mut known = Known::of(seed);
    let (mut number, mut groups) = (Vec::with_capacity(reports.len()), Vec::<Group>::new());
    for report in reports {
        let cell = report.served.cell;
        let place = known.place(cell.into())? as usize;
        if place == groups.len() {
            groups.push(Group { cell, begin: 0, end: 0 });
        }
        groups[place].end += 1;
        number.push(place as u32);
    }
    let mut begin = 0;
    for group in &mut groups {
        (begin, group.begin, group.end) = (begin + group.end, begin, begin);
    }
    let mut fresh = vec![Fresh::default(); reports.len()];
    for (row, (report, &place)) in (0..).zip(reports.iter().zip(&number)) {
        let (served, window_ms) = (report.served, report.window_ms);
        let (phone, lat, lon, mixed) = (served.phone, served.lat, served.lon, served.mixed());
        let to = &mut groups[place as usize].end;
        fresh[*to as usize] = Fresh { phone, mixed, row, lat, lon, window_ms };
        *to += 1;
    }
    groups.sort_unstable_by_key(|group| group.cell);
    Some((fresh, groups))
}
