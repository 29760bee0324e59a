//! What becomes of ordinary reports by site and by cell.

mod seen;
mod served;
mod sites;
mod traffic;

use crate::whole;
use served::Serving;
use sites::Settling;
use traffic::Counting;

/// Puts reports to their sites (`sites::Settling`); 0.
///
/// # Safety
/// All that `settling` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn sites_settle(settling: *mut Settling) -> i64 {
    whole(|| (*settling).settle().map(|()| 0))
}

/// Counts reports by cell (`traffic::Counting`); 0.
///
/// # Safety
/// All that `counting` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn traffic_count(counting: *mut Counting) -> i64 {
    whole(|| (*counting).count().map(|()| 0))
}

/// Keeps whom cells served last (`served::Serving`); 0.
///
/// # Safety
/// All that `serving` points to is as large as it says.
#[no_mangle]
pub unsafe extern "C" fn served_keep(serving: *mut Serving) -> i64 {
    whole(|| (*serving).keep().map(|()| 0))
}
