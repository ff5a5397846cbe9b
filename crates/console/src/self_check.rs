//! The console's look at itself: its database, its index, the node that it asks, its disk; and what to do where
//! something is wrong.

use crate::{
    api::operations::{Check, Diagnosis, OperatedConsole},
    diagnosis::{Words, told},
    disk::{self, Level, Space},
    ledgers::MAIN,
    problem::Language,
    state::Console,
};

/// Blocks that an index may be behind while it follows.
const LAG_BLOCKS_MAX: u64 = 20;

/// What was found out.
#[derive(Clone, Debug, Default)]
struct Findings {
    database: bool,
    node: bool,
    height: String,
    indexes: bool,
    lag: Option<u64>,
    /// Why the index does not go on.
    fault: Option<String>,
    disk: Option<Space>,
}

type Fault = (&'static str, &'static str, fn(&Findings) -> bool, Words, Words);

/// The faults, the gravest first: code, severity, when, cause and cure in English and in Chinese.
const FAULTS: &[Fault] = &[
    (
        "disk-full",
        "critical",
        |found| level(found) == Some(Level::Full),
        (
            "The disk of the console's folder is full: sign-ins, records, metrics and logs can no longer be written.",
            "Free space on the disk of the console's folder, or shorten how long metrics and logs are kept (`[monitor]` in console.toml).",
        ),
        (
            "控制台目录所在磁盘已满：登录、留痕、指标和日志均无法写入。",
            "请清理控制台目录所在磁盘的空间，或在 console.toml 的 `[monitor]` 中缩短指标和日志的保留时间。",
        ),
    ),
    (
        "database-down",
        "critical",
        |found| !found.database,
        (
            "The database of the console does not answer.",
            "For PostgreSQL, look whether the server runs and takes connections; for SQLite, whether another program holds the file.",
        ),
        (
            "控制台数据库没有响应。",
            "使用 PostgreSQL 时，请检查服务器是否运行并接受连接；使用 SQLite 时，请检查文件是否被其他程序占用。",
        ),
    ),
    (
        "node-down",
        "critical",
        |found| !found.node,
        (
            "No node of the main ledger answers the console.",
            "Look at the nodes below, and at their addresses under `[[ledgers]]` in console.toml.",
        ),
        (
            "主账本的节点均未响应控制台。",
            "请查看下方节点状态，并检查 console.toml 中 `[[ledgers]]` 的地址。",
        ),
    ),
    (
        "index-stopped",
        "critical",
        |found| found.node && found.database && !found.indexes,
        (
            "The index does not go on: pages show the past.",
            "The check names the cause. Where it says that the node is of another ledger, the console's folder is one of another city: give the console a new one.",
        ),
        (
            "索引已停止：页面显示的是过去的内容。",
            "检查项中给出了原因。若提示节点属于其他账本，说明控制台目录来自另一座城市，请为控制台更换新目录。",
        ),
    ),
    (
        "disk-low",
        "warning",
        |found| level(found) == Some(Level::Low),
        (
            "The disk of the console's folder is nearly full.",
            "Free space, or shorten how long metrics and logs are kept (`[monitor]` in console.toml), before it is full.",
        ),
        (
            "控制台目录所在磁盘空间不足。",
            "请及时清理空间，或在 console.toml 的 `[monitor]` 中缩短指标和日志的保留时间。",
        ),
    ),
    (
        "index-behind",
        "warning",
        |found| found.indexes && found.lag.is_some_and(|lag| lag > LAG_BLOCKS_MAX),
        (
            "The index is behind the ledger: the newest blocks are not shown yet.",
            "It catches up by itself. If the distance grows, the machine of the console or its database is too slow.",
        ),
        (
            "索引落后于账本：最新区块尚未显示。",
            "索引会自动追赶。若差距持续扩大，说明控制台所在机器或数据库过慢。",
        ),
    ),
];

fn level(found: &Findings) -> Option<Level> {
    found.disk.map(Space::level)
}

/// The console as who runs it sees it.
pub async fn look(console: &Console, language: Language) -> OperatedConsole {
    let found = findings(console).await;
    OperatedConsole {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        checks: checks(&found),
        diagnosis: diagnosis(&found, language),
    }
}

async fn findings(console: &Console) -> Findings {
    let height = async {
        let node = console.ledgers.node(MAIN).await.ok()?;
        node.block_number().await.ok()
    };
    let (database, height, disk) =
        futures::join!(console.reads.answers(), height, disk::space(&console.config.data));
    let lags = console.lags.borrow().clone();
    let main = lags.get(MAIN);
    let fault = lags.values().find_map(|lag| lag.fault.clone());
    Findings {
        database,
        node: height.is_some(),
        height: height.map(|height| height.to_string()).unwrap_or_default(),
        indexes: main.is_some() && fault.is_none(),
        lag: main.and_then(civitas_indexer::Lag::blocks),
        fault,
        disk,
    }
}

fn checks(found: &Findings) -> Vec<Check> {
    let check = |name: &str, ok: bool, detail: String| Check {
        name: name.to_owned(),
        ok,
        detail,
    };
    let behind = found.lag.filter(|lag| *lag > 0);
    let index = found.fault.clone().or(behind.map(|lag| format!("-{lag}")));
    let mut checks = vec![
        check("database", found.database, String::new()),
        check("node", found.node, found.height.clone()),
        check("indexer", found.indexes, index.unwrap_or_default()),
    ];
    if let Some(space) = found.disk {
        checks.push(check("disk", space.level() == Level::Good, space.words()));
    }
    checks
}

fn diagnosis(found: &Findings, language: Language) -> Vec<Diagnosis> {
    let faults = FAULTS.iter().filter(|(_, _, applies, _, _)| applies(found));
    faults
        .map(|(code, severity, _, en, zh)| told((code, severity), (*en, *zh), language))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Findings {
        Findings {
            database: true,
            node: true,
            height: "7".to_owned(),
            indexes: true,
            lag: Some(0),
            fault: None,
            disk: Some(Space {
                free: 100 << 30,
                total: 200 << 30,
            }),
        }
    }

    /// Every fault is found by its own sign, with words in both languages.
    #[test]
    fn each_fault_has_its_sign() {
        let check = |change: fn(&mut Findings), expected: &str| {
            let mut found = healthy();
            change(&mut found);
            let codes: Vec<String> = [Language::En, Language::Zh]
                .into_iter()
                .map(|language| {
                    let told = diagnosis(&found, language);
                    assert!(
                        told.iter()
                            .all(|one| !one.cause.is_empty() && !one.cure.is_empty())
                    );
                    told.into_iter().map(|one| one.code).collect::<Vec<_>>().join(" ")
                })
                .collect();
            assert_eq!(codes, [expected, expected]);
            assert_eq!(
                checks(&found).iter().all(|check| check.ok),
                expected.is_empty() || expected == "index-behind"
            );
        };
        check(|_| {}, "");
        check(
            |found| {
                found.disk = Some(Space {
                    free: 1,
                    total: 200 << 30,
                })
            },
            "disk-full",
        );
        check(
            |found| {
                found.disk = Some(Space {
                    free: 3 << 30,
                    total: 200 << 30,
                })
            },
            "disk-low",
        );
        check(|found| found.database = false, "database-down");
        check(|found| found.node = false, "node-down");
        check(|found| found.indexes = false, "index-stopped");
        check(|found| found.lag = Some(21), "index-behind");
    }
}
