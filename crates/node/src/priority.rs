//! Which threads the machine's scheduler serves first: those of the main ledger before those of partitions.
//!
//! Niceness alone shares the processor out, it does not let anybody go first: since Linux 6.12 (EEVDF) a thread that
//! wakes waits until the slice of the running one is over, however nice that is, and a round of consensus wakes dozens of
//! threads. A thread that asks for a shorter slice than the running one does not wait. (The request is the field
//! `sched_runtime` of sched_setattr(2); older kernels ignore it, and let the less nice go first anyway.)
//!
//! Threads inherit what the one has that starts them.

#[cfg(target_os = "linux")]
pub(crate) use linux::{go_first, stand_back};

/// Other systems count priorities by process: no thread can go before another of its own process.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn go_first() {}

/// See [`go_first`].
#[cfg(not(target_os = "linux"))]
pub(crate) const fn stand_back() {}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::process::{getpriority_process, setpriority_process};
    use std::{io, time::Duration};
    use tracing::warn;

    /// Slice of the main ledger's threads. With 200 us a city at its limit spends 5 % more, with 500 us nothing that could
    /// be measured (docs/results).
    const SLICE: Duration = Duration::from_micros(500);
    /// How much nicer a partition's threads are: about a tenth of the main ledger's share where both want the processor,
    /// all of it where the main ledger is idle.
    const NICER_BY: i32 = 10;
    /// The greatest niceness.
    const NICENESS_MAX: i32 = 19;

    /// The calling thread, and those that it starts, go before the ones that stand back.
    pub(crate) fn go_first() {
        if let Err(error) = set_slice(SLICE) {
            warn!(%error, "partition ledgers can delay the main ledger: its threads get no short slices");
        }
    }

    /// The calling thread, and those that it starts, let others go first.
    pub(crate) fn stand_back() {
        // No slice of its own: the system's.
        if let Err(error) = be_nicer().and(set_slice(Duration::ZERO)) {
            warn!(%error, "the ledger runs with the priority of the main ledger");
        }
    }

    fn be_nicer() -> io::Result<()> {
        let niceness = (getpriority_process(None)? + NICER_BY).min(NICENESS_MAX);
        Ok(setpriority_process(None, niceness)?)
    }

    #[expect(unsafe_code, reason = "no crate wraps sched_setattr(2) for ordinary threads")]
    fn set_slice(slice: Duration) -> io::Result<()> {
        let attributes = libc::sched_attr {
            size: u32::try_from(size_of::<libc::sched_attr>()).map_err(io::Error::other)?,
            // What the operator has chosen stays; policies without slices of this kind refuse.
            sched_policy: 0,
            sched_flags: u64::try_from(libc::SCHED_FLAG_KEEP_POLICY).map_err(io::Error::other)?,
            sched_nice: getpriority_process(None)?,
            sched_priority: 0,
            sched_runtime: u64::try_from(slice.as_nanos()).map_err(io::Error::other)?,
            sched_deadline: 0,
            sched_period: 0,
        };
        let (this_thread, flags): (libc::pid_t, libc::c_uint) = (0, 0);
        // SAFETY: the kernel reads `size` bytes of a structure that outlives the call, and writes nothing but that size.
        let done =
            unsafe { libc::syscall(libc::SYS_sched_setattr, this_thread, &raw const attributes, flags) };
        if done == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{NICER_BY, go_first, stand_back};
        use rustix::process::getpriority_process;
        use std::{fs, thread};

        /// Slice of the calling thread in nanoseconds, as the kernel tells it (see proc_pid_sched(5)); none in its absence.
        fn slice() -> Option<u64> {
            let text = fs::read_to_string("/proc/thread-self/sched").ok()?;
            let line = text.lines().find(|line| line.starts_with("se.slice"))?;
            line.split(':').nth(1)?.trim().parse().ok()
        }

        #[test]
        fn a_thread_that_stands_back_is_nicer_than_the_one_that_started_it() {
            let usual = getpriority_process(None).expect("niceness");
            let threads = thread::spawn(move || {
                go_first();
                let first = (getpriority_process(None).expect("niceness"), slice());
                let back = thread::spawn(|| {
                    stand_back();
                    thread::spawn(|| (getpriority_process(None).expect("niceness"), slice()))
                        .join()
                        .expect("a thread")
                });
                (first, back.join().expect("a thread"))
            });
            let (first, back) = threads.join().expect("a thread");
            assert_eq!(first.0, usual);
            assert_eq!(back.0, (usual + NICER_BY).min(19));
            if let (Some(first), Some(back)) = (first.1, back.1) {
                assert!(first < back, "{first} against {back}");
            }
        }
    }
}
