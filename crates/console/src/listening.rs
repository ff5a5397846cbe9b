//! Takes the connections of browsers: as many as the console can hold, not all of them from one address, and none for
//! longer than something happens on it.
//!
//! Without these bounds, whoever opens connections and stays silent uses up the files that a process may have open, and
//! shuts everybody else out.

use axum::{
    extract::{ConnectInfo, Request, connect_info::Connected},
    serve::{IncomingStream, Listener},
};
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};

/// How many connections there may be, and how long nothing may happen on one.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at once; further ones wait.
    pub connections: usize,
    /// Connections of one address at once; further ones are closed.
    pub of_one_address: usize,
    /// How long nothing may be read or written on one.
    pub silence: Duration,
}

impl Bounds {
    /// Bounds of a console. A proxy before it has one address for everybody.
    pub const fn of(behind_proxy: bool) -> Self {
        // Most systems give a process 1,024 files: some are for databases, logs and nodes.
        const CONNECTIONS: usize = 700;
        Self {
            connections: CONNECTIONS,
            // An office behind one address: fifteen people, each with the six connections of a browser.
            of_one_address: if behind_proxy { CONNECTIONS } else { 100 },
            // Longer than an answer may take, and than the pause between two signs of life of a stream.
            silence: Duration::from_secs(60),
        }
    }
}

/// A listener that keeps its bounds.
pub struct Bounded {
    listener: TcpListener,
    bounds: Bounds,
    places: Arc<Semaphore>,
    addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection, as long as it holds a place.
pub struct Connection {
    stream: TcpStream,
    silence: Duration,
    too_quiet: Pin<Box<Sleep>>,
    _place: Place,
}

/// Gives a place back when it is dropped.
struct Place {
    address: IpAddr,
    addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _permit: OwnedSemaphorePermit,
}

/// The address of a connection's other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(SocketAddr);

impl Bounded {
    /// Takes connections of `listener`.
    pub fn new(listener: TcpListener, bounds: Bounds) -> Self {
        Self {
            listener,
            bounds,
            places: Arc::new(Semaphore::new(bounds.connections)),
            addresses: Arc::default(),
        }
    }

    /// A place for a connection from this address; none if it has as many as it may have.
    fn place(&self, address: IpAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let count = addresses.entry(address).or_default();
        if *count >= self.bounds.of_one_address {
            return None;
        }
        *count += 1;
        Some(Place {
            address,
            addresses: Arc::clone(&self.addresses),
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = addresses.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(permit) = Arc::clone(&self.places).acquire_owned().await else {
                // Nobody closes the semaphore.
                return std::future::pending().await;
            };
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let Some(place) = self.place(peer.ip().to_canonical(), permit) else {
                continue;
            };
            let silence = self.bounds.silence;
            let connection = Connection {
                stream,
                silence,
                too_quiet: Box::pin(sleep(silence)),
                _place: place,
            };
            return (connection, peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connection {
    /// Ends a wait that lasts too long; begins anew where something happened.
    fn watched<T>(
        &mut self,
        context: &mut Context<'_>,
        happened: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if happened.is_ready() {
            let until = Instant::now() + self.silence;
            self.too_quiet.as_mut().reset(until);
            return happened;
        }
        match self.too_quiet.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let happened = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.watched(context, happened)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let happened = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, happened)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let happened = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.watched(context, happened)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Tells who asks in the form that the endpoints know.
pub async fn tell_peer(mut request: Request) -> Request {
    let peer = request.extensions().get::<ConnectInfo<Peer>>().copied();
    if let Some(ConnectInfo(Peer(address))) = peer {
        request.extensions_mut().insert(ConnectInfo(address));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, middleware::map_request, routing::get};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn serve(bounds: Bounds) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
        let router = Router::new().route("/", get(who)).layer(map_request(tell_peer));
        let service = router.into_make_service_with_connect_info::<Peer>();
        tokio::spawn(axum::serve(Bounded::new(listener, bounds), service).into_future());
        address
    }

    /// Asks on a connection; gives the body, empty if the connection was closed.
    async fn ask(stream: &mut TcpStream) -> String {
        let question = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        if stream.write_all(question).await.is_err() {
            return String::new();
        }
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await.unwrap_or_default();
        let answer = String::from_utf8_lossy(&bytes[..count]);
        answer.rsplit("\r\n").next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn one_address_has_so_many_connections_and_gets_places_back() {
        let address = serve(Bounds {
            connections: 10,
            of_one_address: 2,
            silence: Duration::from_secs(60),
        })
        .await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            assert_eq!(ask(&mut stream).await, "127.0.0.1");
            held.push(stream);
        }
        let mut third = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut third).await, "");
        drop(held.pop());
        // The server notices the end of the other connection in its own time.
        let found = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let body = ask(&mut stream).await;
                if !body.is_empty() {
                    return body;
                }
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(found.await.unwrap(), "127.0.0.1");
        assert_eq!(ask(&mut held[0]).await, "127.0.0.1");
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_happens_ends() {
        let address = serve(Bounds {
            connections: 1,
            of_one_address: 1,
            silence: Duration::from_millis(50),
        })
        .await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
        let mut next = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut next).await, "127.0.0.1", "it waits for the place");
        let mut rest = Vec::new();
        // Closed, with or without words.
        let _ = silent.read_to_end(&mut rest).await;
    }
}
