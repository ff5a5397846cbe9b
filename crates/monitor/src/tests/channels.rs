//! A message on each channel, against receivers of the test's own.

use super::{
    World, metric,
    receivers::{HttpSink, MailSink},
};
use crate::api::*;

fn channel(name: &str, target: ChannelKind) -> ChannelDraft {
    ChannelDraft {
        name: name.into(),
        enabled: true,
        language: Language::En,
        target,
    }
}

fn mail(port: u16) -> ChannelKind {
    ChannelKind::Mail {
        host: "127.0.0.1".into(),
        port,
        security: MailSecurity::None,
        user: None,
        password: None,
        from: "Civitas <console@city.example>".into(),
        to: vec!["operator@city.example".into(), "值班 <duty@city.example>".into()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_channel_carries_a_test_message() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, r#"{"errcode":0,"code":0}"#)]).await;
    let url = |path: &str| Secret(sink.url(path));
    let secret = Some(Secret("SECabc".into()));
    let kinds = [
        (
            "webhook",
            ChannelKind::Webhook {
                url: url("/webhook"),
                headers: Default::default(),
            },
        ),
        (
            "dingtalk",
            ChannelKind::DingTalk {
                url: url("/dingtalk?access_token=t"),
                secret: secret.clone(),
            },
        ),
        (
            "wecom",
            ChannelKind::WeCom {
                url: url("/wecom?key=k"),
            },
        ),
        (
            "feishu",
            ChannelKind::Feishu {
                url: url("/feishu/t"),
                secret,
            },
        ),
        ("slack", ChannelKind::Slack { url: url("/slack/t") }),
    ];
    for (name, target) in kinds {
        let made = world
            .monitor
            .create_channel(channel(name, target), "0xabc")
            .await
            .unwrap();
        let outcome = world.monitor.test_channel(&made.id).await.unwrap();
        assert!(outcome.delivered, "{name}: {outcome:?}");
        let received = sink.take().pop().unwrap();
        let text = match name {
            "webhook" => received.body["commonAnnotations"]["summary"].clone(),
            "dingtalk" | "wecom" => {
                assert_eq!(received.body["msgtype"], "text");
                received.body["text"]["content"].clone()
            }
            "feishu" => {
                assert_eq!(received.body["msg_type"], "text");
                assert_eq!(received.body["sign"].as_str().unwrap().len(), 44);
                received.body["content"]["text"].clone()
            }
            _ => received.body["text"].clone(),
        };
        assert!(
            text.as_str()
                .unwrap()
                .starts_with(&format!("Civitas Test {name}")),
            "{text}"
        );
        if name == "dingtalk" {
            let signed = received.path.contains("&timestamp=") && received.path.contains("&sign=");
            assert!(
                signed && received.path.contains("access_token=t"),
                "{}",
                received.path
            );
        }
        assert_eq!(world.changes(&made.id), [Change::Created, Change::Delivered]);
    }

    let server = MailSink::start(false).await;
    let made = world
        .monitor
        .create_channel(channel("mail", mail(server.port)), "0xabc")
        .await
        .unwrap();
    let outcome = world.monitor.test_channel(&made.id).await.unwrap();
    assert!(outcome.delivered, "{outcome:?}");
    let sent = server.take().pop().unwrap();
    assert_eq!(sent.from, "<console@city.example>");
    assert_eq!(sent.to, ["<operator@city.example>", "<duty@city.example>"]);
    assert!(
        sent.headers.contains("Subject: Civitas Test mail"),
        "{}",
        sent.headers
    );
    assert!(
        sent.text.contains("This is a test message: the channel works."),
        "{}",
        sent.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_comes_by_mail_in_chinese_and_hostile_labels_stay_text() {
    let world = World::new().await;
    let server = MailSink::start(false).await;
    let mut wanted = channel("mail", mail(server.port));
    wanted.language = Language::Zh;
    let made = world.monitor.create_channel(wanted, "0xabc").await.unwrap();
    world
        .rule("磁盘", metric("civitas_a", Comparison::Above, 0.0, 0), &[made.id])
        .await;
    world.exporter.set(Some(
        "civitas_a{x=\"a\\nBcc: thief@evil.example\\r<script>\"} 2.5\n",
    ));
    world.pass(5).await;
    let sent = server.take().pop().unwrap();
    assert!(!sent.headers.contains("thief"), "{}", sent.headers);
    let lines: Vec<&str> = sent.text.lines().collect();
    assert_eq!(lines[0].trim_end(), "Civitas 告警 [严重] 磁盘");
    assert!(
        lines[1].contains("node=node0 x=a Bcc: thief@evil.example"),
        "{}",
        sent.text
    );
    assert!(lines[1].contains("当前值 2.5"), "{}", sent.text);
    assert_eq!(lines[2].trim_end(), "先看磁盘");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_and_one_that_refuses_is_not() {
    let world = World::new().await;
    let weak = HttpSink::start(&[(503, "busy"), (429, "slow"), (200, "ok")]).await;
    let strict = HttpSink::start(&[(404, "no such hook")]).await;
    let robot = HttpSink::start(&[(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#)]).await;
    let server = MailSink::start(true).await;
    let mut ids = vec![
        world.webhook(&weak.url("/hook")).await.id,
        world.webhook(&strict.url("/hook")).await.id,
        // Nobody listens there.
        world.webhook("http://127.0.0.1:9/hook").await.id,
    ];
    let kinds = [
        (
            "robot",
            ChannelKind::DingTalk {
                url: Secret(robot.url("/r?access_token=t")),
                secret: None,
            },
        ),
        ("mail", mail(server.port)),
    ];
    for (name, target) in kinds {
        ids.push(
            world
                .monitor
                .create_channel(channel(name, target), "0xabc")
                .await
                .unwrap()
                .id,
        );
    }
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &ids)
        .await;
    world.pass(5).await;
    assert_eq!(
        (weak.take().len(), strict.take().len(), robot.take().len()),
        (3, 1, 1)
    );
    assert!(server.take().is_empty());
    let history = world
        .monitor
        .history(HistoryParameters {
            subject: Some(rule.id),
            ..Default::default()
        })
        .unwrap();
    let failed: Vec<&HistoryEntry> = history
        .items
        .iter()
        .filter(|entry| entry.change == Change::DeliveryFailed)
        .collect();
    assert_eq!(failed.len(), 4, "{history:?}");
    let says = |part: &str| failed.iter().any(|entry| entry.detail.contains(part));
    assert!(
        says("404") && says("sign not match") && says("no such person"),
        "{failed:?}"
    );
    assert!(
        !failed.iter().any(|entry| entry.detail.contains("access_token")),
        "{failed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stay_inside() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let made = world.webhook(&sink.url("/token")).await;
    let shown = serde_json::to_string(&world.monitor.channels()).unwrap();
    assert!(!shown.contains("/token") && !shown.contains("Bearer"), "{shown}");
    assert!(!format!("{:?}", world.monitor.channels()).contains("/token"));

    // What was shown comes back with a new name: the secrets stay.
    let mut again = made.draft.clone();
    again.name = "renamed".into();
    let renamed = world
        .monitor
        .replace_channel(&made.id, 1, again, "0xabc")
        .await
        .unwrap();
    assert!(world.monitor.test_channel(&made.id).await.unwrap().delivered);
    assert_eq!(sink.take()[0].authorization.as_deref(), Some("Bearer abc"));

    // Another receiver does not get the stored header.
    let mut moved = renamed.draft.clone();
    if let ChannelKind::Webhook { url, .. } = &mut moved.target {
        *url = Secret(sink.url("/elsewhere"));
    }
    let refused = world
        .monitor
        .replace_channel(&made.id, 2, moved, "0xabc")
        .await
        .unwrap_err();
    assert_eq!(refused.slug(), "invalid-field");

    let rule = world
        .rule(
            "up",
            metric("up", Comparison::Below, 1.0, 0),
            std::slice::from_ref(&made.id),
        )
        .await;
    assert_eq!(
        world
            .monitor
            .delete_channel(&made.id, "0xabc")
            .await
            .unwrap_err()
            .slug(),
        "in-use"
    );
    world.monitor.delete_rule(&rule.id, "0xabc").await.unwrap();
    world.monitor.delete_channel(&made.id, "0xabc").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_that_cannot_work_are_refused() {
    let world = World::new().await;
    let check = async |target: ChannelKind| {
        let error = world
            .monitor
            .create_channel(channel("a", target), "0xabc")
            .await
            .unwrap_err();
        assert_eq!(error.slug(), "invalid-field");
    };
    for url in [
        "",
        "ftp://a/b",
        "javascript:alert(1)",
        "http://",
        Secret::MASK,
        "nowhere",
    ] {
        check(ChannelKind::Slack {
            url: Secret(url.into()),
        })
        .await;
    }
    let header = [("a b".to_owned(), Secret("x\r\ny".into()))].into();
    check(ChannelKind::Webhook {
        url: Secret("http://a/".into()),
        headers: header,
    })
    .await;
    let mail = |from: &str, to: &[&str], password: Option<Secret>| ChannelKind::Mail {
        host: "mail.example".into(),
        port: 25,
        security: MailSecurity::None,
        user: None,
        password,
        from: from.into(),
        to: to.iter().map(|text| (*text).to_owned()).collect(),
    };
    check(mail("a@b.example", &[], None)).await;
    check(mail("nobody", &["a@b.example"], None)).await;
    check(mail("a@b.example", &["a@b.example\r\nBcc: x@y"], None)).await;
    check(mail(
        "a@b.example",
        &["a@b.example"],
        Some(Secret("in the clear".into())),
    ))
    .await;
}
