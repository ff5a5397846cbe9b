//! Mail over SMTP, with TLS by rustls.

use super::{SendError, causes, text};
use crate::{
    alarms::Message,
    api::{ChannelDraft, ChannelKind, MailSecurity},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use std::time::Duration;

/// How long a mail server may take for one command.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(8);

pub(crate) async fn send(
    channel: &ChannelDraft,
    message: &Message,
    zone: text::Zone,
) -> Result<String, SendError> {
    let ChannelKind::Mail {
        host,
        port,
        security,
        user,
        password,
        from,
        to,
    } = &channel.target
    else {
        return Err(SendError::Refused("the channel sends no mail".into()));
    };
    let mail = written(&text::subject(message, channel.language), message, from, to)?;
    let mail = mail
        .body(text::body(message, channel.language, zone))
        .map_err(|error| SendError::Refused(causes(&error)))?;
    let tls = match security {
        MailSecurity::None => Tls::None,
        MailSecurity::Tls => Tls::Wrapper(parameters(host)?),
        MailSecurity::StartTls => Tls::Required(parameters(host)?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.clone())
        .port(*port)
        .tls(tls)
        .hello_name(ClientId::Domain("civitas".into()))
        .timeout(Some(COMMAND_TIME_MAX));
    if let (Some(user), Some(password)) = (user, password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.0.clone()));
    }
    let transport: AsyncSmtpTransport<Tokio1Executor> = builder.build();
    match transport.send(mail).await {
        Ok(response) => Ok(response.message().collect::<Vec<_>>().join(" ")),
        Err(error) if error.is_permanent() => Err(SendError::Refused(causes(&error))),
        Err(error) => Err(SendError::Later(causes(&error))),
    }
}

/// The headers of a mail.
fn written(
    subject: &str,
    message: &Message,
    from: &str,
    to: &[String],
) -> Result<lettre::message::MessageBuilder, SendError> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>()
            .map_err(|error| SendError::Refused(format!("{text} is no mail address: {error}")))
    };
    let from = mailbox(from)?;
    // A message that is sent again after a fault is the same mail, and mailboxes may drop the second.
    let id = format!(
        "<{}.{}.{:?}@{}>",
        message.at.0,
        message.rule_id,
        message.occasion,
        from.email.domain()
    );
    let mut builder = lettre::Message::builder()
        .from(from)
        .message_id(Some(id))
        .date(message_date(message))
        .subject(subject)
        .header(ContentType::TEXT_PLAIN);
    for recipient in to {
        builder = builder.to(mailbox(recipient)?);
    }
    Ok(builder)
}

fn message_date(message: &Message) -> std::time::SystemTime {
    let since = Duration::from_millis(u64::try_from(message.at.0).unwrap_or_default());
    std::time::UNIX_EPOCH + since
}

fn parameters(host: &str) -> Result<TlsParameters, SendError> {
    TlsParameters::new(host.to_owned()).map_err(|error| SendError::Refused(causes(&error)))
}
