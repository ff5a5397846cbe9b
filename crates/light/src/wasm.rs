//! How a page reaches [`crate::web::answer`] in WebAssembly: it asks for room, writes the request there, calls, and reads the
//! answer from the same room. No other memory is shared, and the module imports nothing: it can only compute.

use crate::web;
use std::sync::{Mutex, PoisonError};

/// Bytes of a request, at most: a full block as hexadecimal text has a sixth of it.
const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;

static ROOM: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Room for a request of `bytes`; null if it is too long. Holds until the next call.
#[expect(
    unsafe_code,
    reason = "exported by name: there is one such name in the module"
)]
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    if bytes > REQUEST_BYTES_MAX {
        return std::ptr::null_mut();
    }
    let mut room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    room.clear();
    room.resize(bytes, 0);
    room.as_mut_ptr()
}

/// Answers the request in the room, and gives the length of the answer.
#[expect(
    unsafe_code,
    reason = "exported by name: there is one such name in the module"
)]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> usize {
    let mut room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    *room = web::answer(&room).into_bytes();
    room.len()
}

/// Where the answer begins.
#[expect(
    unsafe_code,
    reason = "exported by name: there is one such name in the module"
)]
#[unsafe(no_mangle)]
pub extern "C" fn place() -> *const u8 {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}
