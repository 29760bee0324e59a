//! Whom cells served last: what `detectors.rules.held_back.listed_cells` does with NumPy, to the bit,
//! without putting all reports in order.

use super::seen::{by_cell, Group, Seen};
use std::slice::{from_raw_parts, from_raw_parts_mut};

const MIX: u32 = 0x9E37_79B1;

/// So many `reports`, of which those count whose windows begin not before `since_ms`.
///
/// Written are, cell by cell, those of the `most` newest phones of each, in their turn: into a room
/// for as many as there are reports.
#[repr(C)]
pub struct Serving {
    reports: *const Seen,
    count: usize,
    since_ms: i64,
    most: usize,
    seed: u64,
    kept: *mut Seen,
    kept_count: usize,
}

/// What decides whose turn it is: `detectors.rules.held_back.listed_cells._in_turn`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    window_ms: i64,
    mixed: u32,
    lat: i32,
    lon: i32,
    row: u32,
}

impl Turn {
    fn of(report: &Seen, row: u32) -> Self {
        let Seen { window_ms, served } = *report;
        let (lat, lon) = (served.lat, served.lon);
        let mixed = ((lat as u32).wrapping_mul(MIX) ^ lon as u32).wrapping_mul(MIX);
        Turn { window_ms, mixed, lat, lon, row }
    }
}

impl Serving {
    /// # Safety
    /// All that it points to is as large as it says.
    pub unsafe fn keep(&mut self) -> Option<()> {
        let reports = from_raw_parts(self.reports, self.count);
        let kept = from_raw_parts_mut(self.kept, self.count);
        let (mut turns, groups) = by_cell(reports, self.since_ms, self.seed, Turn::of)?;
        let (mut phones, mut newest) = (Vec::new(), Vec::new());
        self.kept_count = 0;
        for Group { begin, end, .. } in groups {
            let own = &mut turns[begin as usize..end as usize];
            own.sort_unstable();
            phones.clear();
            newest.clear();
            for turn in own.iter().rev() {
                let report = reports.get(turn.row as usize)?;
                let phone = report.served.phone;
                if newest.len() < self.most && !phones.contains(&phone) {
                    phones.push(phone);
                    newest.push(*report);
                }
            }
            for report in newest.iter().rev() {
                *kept.get_mut(self.kept_count)? = *report;
                self.kept_count += 1;
            }
        }
        Some(())
    }
}
