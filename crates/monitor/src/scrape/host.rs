//! Measures this machine, the processes of its nodes, and the console itself.

use crate::{NodeTarget, Time, series::Row};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use sysinfo::{Disks, Networks, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Disks and network devices that are measured, the first by name: containers may have hundreds.
const DEVICES_MAX: usize = 8;
/// Bytes of a `pid` file.
const PID_BYTES_MAX: u64 = 32;

/// Measures the machine.
pub(crate) struct HostMeter {
    system: System,
    disks: Disks,
    networks: Networks,
    host: String,
    nodes: Vec<(String, PathBuf)>,
}

impl HostMeter {
    pub(crate) fn new(nodes: &[NodeTarget]) -> Self {
        Self {
            system: System::new(),
            disks: Disks::new_with_refreshed_list(),
            networks: Networks::new_with_refreshed_list(),
            host: System::host_name().unwrap_or_else(|| "localhost".into()),
            nodes: nodes
                .iter()
                .filter_map(|node| Some((node.name.clone(), node.folder.as_ref()?.join("pid"))))
                .collect(),
        }
    }

    /// Measures everything as of `now`. Blocks for some milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes and seconds of a machine are far below 2^53"
    )]
    pub(crate) fn read(&mut self, now: Time) -> Vec<Row> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.disks.refresh(true);
        self.networks.refresh(true);
        let load = System::load_average();
        let mut rows = Rows {
            now,
            rows: Vec::new(),
        };
        let host = [("host", self.host.as_str())];
        for (name, value) in [
            (
                "host_cpu_usage_ratio",
                f64::from(self.system.global_cpu_usage()) / 100.0,
            ),
            ("host_cpus", self.system.cpus().len() as f64),
            ("host_load1", load.one),
            ("host_memory_bytes", self.system.total_memory() as f64),
            ("host_memory_used_bytes", self.system.used_memory() as f64),
            ("host_swap_used_bytes", self.system.used_swap() as f64),
            ("host_uptime_seconds", System::uptime() as f64),
        ] {
            rows.push(name, &host, value);
        }
        let disks: BTreeMap<String, (u64, u64)> = self
            .disks
            .iter()
            .filter(|disk| disk.total_space() > 0)
            .map(|disk| {
                let mount = disk.mount_point().display().to_string();
                (mount, (disk.total_space(), disk.available_space()))
            })
            .collect();
        for (mount, (total, free)) in disks.iter().take(DEVICES_MAX) {
            let labels = [("host", self.host.as_str()), ("mount", mount.as_str())];
            rows.push("host_disk_bytes", &labels, *total as f64);
            rows.push("host_disk_free_bytes", &labels, *free as f64);
        }
        let devices: BTreeMap<&String, _> = self.networks.iter().filter(|(name, _)| *name != "lo").collect();
        for (device, data) in devices.into_iter().take(DEVICES_MAX) {
            let labels = [("device", device.as_str()), ("host", self.host.as_str())];
            rows.push(
                "host_network_receive_bytes_total",
                &labels,
                data.total_received() as f64,
            );
            rows.push(
                "host_network_transmit_bytes_total",
                &labels,
                data.total_transmitted() as f64,
            );
        }
        self.read_processes(&mut rows);
        rows.rows
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes and seconds of a process are far below 2^53"
    )]
    fn read_processes(&mut self, rows: &mut Rows) {
        let mut pids: Vec<(String, Pid)> = self
            .nodes
            .iter()
            .filter_map(|(name, path)| Some((name.clone(), pid(path)?)))
            .collect();
        pids.push(("console".into(), Pid::from_u32(std::process::id())));
        let wanted: Vec<Pid> = pids.iter().map(|(_, pid)| *pid).collect();
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&wanted),
            true,
            ProcessRefreshKind::nothing()
                .with_cpu()
                .with_memory()
                .with_disk_usage(),
        );
        for (node, pid) in pids {
            let Some(process) = self.system.process(pid) else {
                continue;
            };
            let labels = [("node", node.as_str())];
            let disk = process.disk_usage();
            for (name, value) in [
                (
                    "process_cpu_seconds_total",
                    process.accumulated_cpu_time() as f64 / 1_000.0,
                ),
                ("process_resident_memory_bytes", process.memory() as f64),
                ("process_disk_read_bytes_total", disk.total_read_bytes as f64),
                (
                    "process_disk_written_bytes_total",
                    disk.total_written_bytes as f64,
                ),
                ("process_start_time_seconds", process.start_time() as f64),
            ] {
                rows.push(name, &labels, value);
            }
        }
    }
}

struct Rows {
    now: Time,
    rows: Vec<Row>,
}

impl Rows {
    fn push(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.rows.push(Row {
            name: name.into(),
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            time: self.now,
            value,
        });
    }
}

fn pid(path: &Path) -> Option<Pid> {
    if std::fs::metadata(path).ok()?.len() > PID_BYTES_MAX {
        return None;
    }
    std::fs::read_to_string(path)
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Pid::from_u32)
}
