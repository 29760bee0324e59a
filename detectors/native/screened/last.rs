//! Phones' last reports put in, as `detectors.features.phones.last_reports.remember` does it.

use super::news::Report;
use crate::whole;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A report of a serving cell as `detectors.features.phones.phones.SERVED` keeps it.
#[repr(C, packed)]
pub struct Served {
    rx_ms: i64,
    ts_ms: i64,
    area: i64,
    cell: i64,
    arfcn: f64,
    pci: f64,
    mcc: i32,
    mnc: i32,
    rat: u8,
}

/// `rows` reports in columns, of which some (`chosen`) are the last of their phone, `device`; and what
/// is kept of `phones` phones. `key` and `tile` are numbers of cell and tile.
#[repr(C)]
pub struct Last {
    chosen: *const i64,
    chosen_count: usize,
    device: *const i64,
    rx_ms: *const i64,
    ts_ms: *const i64,
    key: *const i64,
    tile: *const i64,
    lat: *const f64,
    lon: *const f64,
    signal_dbm: *const f64,
    speed_mps: *const f64,
    accuracy_m: *const f64,
    area: *const i64,
    cell: *const i64,
    arfcn: *const f64,
    pci: *const f64,
    mcc: *const i64,
    mnc: *const i64,
    rat: *const u8,
    rows: usize,
    reports: *mut Report,
    served: *mut Served,
    phones: usize,
}

/// Puts the chosen reports in, as reports and as those of serving cells; 0.
///
/// # Safety
/// All that `given` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn screened_last(given: *const Last) -> i64 {
    whole(|| {
        let given = given.as_ref()?;
        let rows = given.rows;
        let number = |first: *const i64| from_raw_parts(first, rows);
        let real = |first: *const f64| from_raw_parts(first, rows);
        let chosen = from_raw_parts(given.chosen, given.chosen_count);
        let device = number(given.device);
        let [rx_ms, ts_ms, key, tile] =
            [given.rx_ms, given.ts_ms, given.key, given.tile].map(number);
        let [area, cell, mcc, mnc] = [given.area, given.cell, given.mcc, given.mnc].map(number);
        let [lat, lon, arfcn, pci] = [given.lat, given.lon, given.arfcn, given.pci].map(real);
        let [signal_dbm, speed_mps, accuracy_m] =
            [given.signal_dbm, given.speed_mps, given.accuracy_m].map(real);
        let rat = from_raw_parts(given.rat, rows);
        let reports = from_raw_parts_mut(given.reports, given.phones);
        let served = from_raw_parts_mut(given.served, given.phones);
        for &row in chosen {
            let row = usize::try_from(row).ok()?;
            let phone = usize::try_from(*device.get(row)?).ok()?;
            *reports.get_mut(phone)? = Report {
                rx_ms: rx_ms[row],
                ts_ms: ts_ms[row],
                cell: key[row],
                tile: tile[row],
                lat: lat[row],
                lon: lon[row],
                signal_dbm: signal_dbm[row],
                speed_mps: speed_mps[row],
                accuracy_m: accuracy_m[row],
            };
            *served.get_mut(phone)? = Served {
                rx_ms: rx_ms[row],
                ts_ms: ts_ms[row],
                area: area[row],
                cell: cell[row],
                arfcn: arfcn[row],
                pci: pci[row],
                mcc: mcc[row] as i32,
                mnc: mnc[row] as i32,
                rat: rat[row],
            };
        }
        Some(0)
    })
}
