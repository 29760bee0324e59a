//! Reports of cells, and these by their cells.

use crate::orders::Known;

/// `detectors.features.rows.placed_reports.SEEN`.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Seen {
    pub window_ms: i64,
    pub served: Served,
}

/// `detectors.features.rows.placed_reports.SERVED`.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Served {
    pub cell: u32,
    pub phone: u32,
    pub lat: i32,
    pub lon: i32,
}

/// Where the reports of a cell begin and end.
pub struct Group {
    pub cell: u32,
    pub begin: u32,
    pub end: u32,
}

/// What is `made` of each report, and its row, whose window begins not before `since_ms`: by their
/// cells, as they lie; and the cells in order.
pub fn by_cell<T: Clone + Default>(
    reports: &[Seen],
    since_ms: i64,
    seed: u64,
    made: impl Fn(&Seen, u32) -> T,
) -> Option<(Vec<T>, Vec<Group>)> {
    let mut known = Known::of(seed);
    let (mut number, mut groups) = (Vec::with_capacity(reports.len()), Vec::<Group>::new());
    let recent = || (0..).zip(reports).filter(|(_, each)| each.window_ms >= since_ms);
    for (_, report) in recent() {
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
    let mut grouped = vec![T::default(); number.len()];
    for ((row, report), &place) in recent().zip(&number) {
        let to = &mut groups[place as usize].end;
        grouped[*to as usize] = made(report, row);
        *to += 1;
    }
    groups.sort_unstable_by_key(|group| group.cell);
    Some((grouped, groups))
}
