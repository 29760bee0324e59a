//! Numbers of the cell and of the tile of each report, as `detectors.features.rows.report_numbers` has
//! them.

use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

const RATS: u8 = 4;
const PLMN_BITS: u32 = 10;
const AREA_BITS: u32 = 24;
/// Numbers are mixed as in `detectors.model.hashing`.
pub const PRIME: i64 = 1_000_003;
const TILES_A_DEG: f64 = 600.0;
const NONE: i64 = -1;

/// `rows` reports in columns, and how wide tiles are in each band of latitude, in parts of what they are
/// at the equator.
#[repr(C)]
pub struct Numbers {
    rat: *const u8,
    mcc: *const i64,
    mnc: *const i64,
    area: *const i64,
    cell: *const i64,
    lat: *const f64,
    lon: *const f64,
    rows: usize,
    widths: *const f64,
    bands: usize,
    cells: *mut i64,
    tiles: *mut i64,
}

/// Lays out the numbers of cells and tiles; 0. It fails at places beyond the poles.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn numbered_reports(given: *const Numbers) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let rat = from_raw_parts(given.rat, rows);
        let (mcc, mnc) = (from_raw_parts(given.mcc, rows), from_raw_parts(given.mnc, rows));
        let (area, cell) = (from_raw_parts(given.area, rows), from_raw_parts(given.cell, rows));
        let (lat, lon) = (from_raw_parts(given.lat, rows), from_raw_parts(given.lon, rows));
        let widths = from_raw_parts(given.widths, given.bands);
        let cells = from_raw_parts_mut(given.cells, rows);
        let tiles = from_raw_parts_mut(given.tiles, rows);
        for row in 0..rows {
            let area = area_key(rat[row], mcc[row], mnc[row], area[row]);
            cells[row] = area.wrapping_mul(PRIME).wrapping_add(cell[row]);
            tiles[row] = tile(lat[row], lon[row], widths)?;
        }
        Some(0)
    })
}

fn area_key(rat: u8, mcc: i64, mnc: i64, area: i64) -> i64 {
    let fits = |number: i64, bits: u32| (0..1 << bits).contains(&number);
    let is_plmn = fits(mcc, PLMN_BITS) && fits(mnc, PLMN_BITS);
    if rat == 0 || rat > RATS || !is_plmn || !fits(area, AREA_BITS) {
        return NONE;
    }
    ((i64::from(rat) << PLMN_BITS | mcc) << PLMN_BITS | mnc) << AREA_BITS | area
}

fn tile(lat: f64, lon: f64, widths: &[f64]) -> Option<i64> {
    if !lat.is_finite() || !lon.is_finite() {
        return Some(NONE);
    }
    let band = ((lat + 90.0) * TILES_A_DEG).floor() as i64;
    let width = *widths.get(usize::try_from(band).ok()?)?;
    let column = ((lon + 360.0) * TILES_A_DEG * width).floor() as i64;
    Some(band << 20 | column)
}
