//! The machine that runs a compiler: one engine a run, with a deadline, a limit of memory and a limit of depth, on a
//! thread whose stack is made for it.

use crate::{
    bundle::Names,
    error::Error,
    host::{GaveUp, Host, MEMORY_BYTES_MAX, Running},
};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};
use wasmtime::{Config, Engine, Module, OptLevel, Result, Store, Trap};

/// Bytes of stack for the compiler: what it needs for the deepest input that it accepts itself (1,200 levels), ten times.
const STACK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of the thread's stack beside it: for the functions of the host that stand between those of the compiler.
const STACK_BYTES_BESIDE: usize = 16 * 1024 * 1024;
/// Bytes of address space for linear memory: all that can be addressed, so that no access needs a check.
const ADDRESSED_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// An engine. What it compiles depends on nothing but the version of wasmtime, these settings and the processor.
pub(crate) fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false)
        .memory_reservation(ADDRESSED_BYTES)
        .max_wasm_stack(STACK_BYTES_MAX)
        // Not used here, but it must not be less.
        .async_stack_size(STACK_BYTES_MAX + STACK_BYTES_BESIDE);
    Engine::new(&config)
}

/// What a run gives: the answer of the compiler to the input, as text.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) module: &'a Module,
    pub(crate) names: &'a Names,
    pub(crate) input: &'a str,
    pub(crate) deadline: Duration,
}

impl Run<'_> {
    /// Runs it on a thread of its own, and waits for it.
    pub(crate) fn run(&self) -> Result<String, Error> {
        thread::scope(|scope| {
            let (done, waiting) = mpsc::channel::<()>();
            let spawned = thread::Builder::new()
                .name("solidity".to_owned())
                .stack_size(STACK_BYTES_MAX + STACK_BYTES_BESIDE)
                .spawn_scoped(scope, move || {
                    let answer = self.compile();
                    // Dropped before the thread ends, so that nobody waits for the deadline.
                    drop(done);
                    answer
                });
            let running = spawned.map_err(|source| Error::Thread { source })?;
            if waiting.recv_timeout(self.deadline) == Err(RecvTimeoutError::Timeout) {
                self.engine.increment_epoch();
            }
            running.join().map_err(|_| Error::Died)?
        })
    }

    fn compile(&self) -> Result<String, Error> {
        let mut store = Store::new(self.engine, Host::new());
        store.set_epoch_deadline(1);
        let mut running =
            Running::start(store, self.module, self.names).map_err(|source| Error::Module { source })?;
        let outcome = self.ask(&mut running);
        let host = running.store.data();
        match outcome {
            Ok(answer) => Ok(answer),
            Err(_) if host.starved => Err(Error::Memory {
                bytes_max: MEMORY_BYTES_MAX,
            }),
            Err(error) => Err(match error.downcast_ref::<Trap>() {
                Some(Trap::Interrupt) => Error::Deadline { after: self.deadline },
                Some(Trap::StackOverflow) => Error::Depth,
                _ if error.is::<GaveUp>() => Error::GaveUp {
                    said: String::from_utf8_lossy(&host.printed).trim().to_owned(),
                },
                _ => Error::Failed { source: error },
            }),
        }
    }

    fn ask(&self, running: &mut Running) -> Result<String> {
        let input = running.lend(self.input)?;
        // Without a function that reads files: an import finds what the input holds, and nothing else.
        let compile = running.function::<(u32, u32, u32), u32>("_solidity_compile")?;
        let answer = compile.call(&mut running.store, (input, 0, 0))?;
        running.take(answer)
    }
}
