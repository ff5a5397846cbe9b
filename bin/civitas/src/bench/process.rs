//! CPU, memory and disk of the nodes, as the operating system counts them.

use std::{
    fmt, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Instant,
};

/// Microseconds of a clock tick of `/proc/<pid>/stat`: Linux shows hundredths of a second to programs.
const TICK_US: u64 = 10_000;
/// A block of `st_blocks`, in bytes.
const DISK_BLOCK_BYTES: u64 = 512;

/// What the nodes have used up to now.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    at: Instant,
    cpu_us: Option<u64>,
    disk_bytes: Option<u64>,
    rss_bytes_max: Option<u64>,
}

/// What the nodes used in a phase. `None` is "not known".
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PhaseUsage {
    pub(super) cpu_us_per_tx: Option<f64>,
    pub(super) cpu_percent: Option<f64>,
    pub(super) disk_bytes_per_tx: Option<f64>,
    pub(super) rss_mb_max: Option<f64>,
}

impl Usage {
    pub(super) fn of(pids: &[u32], folders: &[PathBuf]) -> Self {
        Self {
            at: Instant::now(),
            cpu_us: sum(pids.iter().map(|pid| cpu_us(*pid))),
            disk_bytes: sum(folders.iter().map(|folder| Some(disk_bytes(folder)))),
            rss_bytes_max: pids.iter().filter_map(|pid| rss_bytes_max(*pid)).max(),
        }
    }

    pub(super) fn since(&self, before: &Self, transactions: usize) -> PhaseUsage {
        let difference = |now: Option<u64>, then: Option<u64>| Some(float(now?.saturating_sub(then?)));
        let cpu_us = difference(self.cpu_us, before.cpu_us);
        let disk = difference(self.disk_bytes, before.disk_bytes);
        let wall_us = self.at.duration_since(before.at).as_secs_f64() * 1e6;
        let each = |total: f64| (transactions > 0).then(|| total / float(transactions));
        PhaseUsage {
            cpu_us_per_tx: cpu_us.and_then(each),
            cpu_percent: cpu_us.map(|cpu_us| 100.0 * cpu_us / wall_us),
            disk_bytes_per_tx: disk.and_then(each),
            rss_mb_max: self.rss_bytes_max.map(|bytes| float(bytes) / 1e6),
        }
    }
}

/// A count as a number to divide by. Counts of a measurement are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
pub(super) fn float(count: impl TryInto<u64>) -> f64 {
    count.try_into().map_or(f64::MAX, |count: u64| count as f64)
}

/// None if there is nothing to sum or a part is missing.
fn sum(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    let parts = parts.collect::<Option<Vec<u64>>>()?;
    (!parts.is_empty()).then(|| parts.iter().sum())
}

fn cpu_us(pid: u32) -> Option<u64> {
    cpu_ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| ticks * TICK_US)
}

/// User and system time. The name of the program stands in parentheses and may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The most memory that the process ever held (`VmHWM`).
fn rss_bytes_max(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the folder takes on the disk. Files that vanish meanwhile do not count.
fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            let below = if metadata.is_dir() {
                disk_bytes(&entry.path())
            } else {
                0
            };
            Some(metadata.blocks() * DISK_BLOCK_BYTES + below)
        })
        .sum()
}

/// The machine that was measured on.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_mb: u64,
    kernel: String,
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            cores,
            memory_mb,
            kernel,
        } = self;
        write!(formatter, "{cpu}, {cores} cores, {memory_mb} MB, Linux {kernel}")
    }
}

impl Machine {
    pub(super) fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let meminfo = read("/proc/meminfo");
        let memory = meminfo
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.trim().split(' ').next());
        Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mb: memory
                .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
                .unwrap_or(0)
                / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_read_as_linux_writes_them() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 1 2 3 4 150 50 9 9 20 0 1 0 100 200 300";
        assert_eq!(cpu_ticks(stat), Some(200));
        assert_eq!(cpu_ticks("7 (broken"), None);
        let own = std::process::id();
        assert!(cpu_us(own).is_some());
        assert!(rss_bytes_max(own).is_some_and(|bytes| bytes > 100_000));
        assert!(cpu_us(u32::MAX).is_none());
    }

    #[test]
    fn unknown_parts_make_the_sum_unknown() {
        assert_eq!(sum([Some(1), Some(2)].into_iter()), Some(3));
        assert_eq!(sum([Some(1), None].into_iter()), None);
        assert_eq!(sum(std::iter::empty()), None);
    }
}
