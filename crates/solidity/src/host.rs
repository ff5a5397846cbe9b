//! What a compiler that Emscripten built finds outside of itself: its heap, C++ exceptions, and a machine without clock,
//! files and network, so that the same input gives the same output everywhere.
//!
//! Exceptions follow Emscripten's own `ExceptionInfo` (24 bytes before the thrown object, which only the host reads);
//! `invoke_*` calls a function of the table and turns what is thrown on the way into a flag that the caller looks at.

use crate::bundle::Names;
use std::{collections::BTreeMap, fmt, sync::Arc};
use wasmtime::{
    AsContextMut, Caller, Error, Extern, ExternType, Func, FuncType, Instance, Memory, MemoryType, Module,
    Ref, ResourceLimiter, Result, Store, Table, TypedFunc, Val, ValType, bail, format_err,
};

/// Bytes of linear memory, at most. The largest libraries in use take a third of it.
pub(crate) const MEMORY_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Entries of the table of functions, at most: the largest release has 34,028.
const TABLE_ENTRIES_MAX: usize = 1_000_000;
/// Bytes of what a compiler prints that are kept: it prints only when it gives up.
const PRINTED_BYTES_MAX: usize = 4_096;
/// Bytes that Emscripten's runtime asks for beyond what it needs, at most.
const GROWTH_BYTES_MAX: u64 = 96 * 1024 * 1024;
/// Bytes of a page of linear memory.
const PAGE_BYTES: u64 = 65_536;
/// Bytes of the record before a thrown object, and the places in it.
const RECORD: u32 = 24;
const TYPE: u32 = 4;
const DESTRUCTOR: u32 = 8;
const CAUGHT: u32 = 12;
const RETHROWN: u32 = 13;
const ADJUSTED: u32 = 16;
/// `ESPIPE` and `ENOSYS`-like numbers that Emscripten gives where there are no files.
const NO_FILES: i32 = 52;
const NO_SEEK: i32 = 70;

/// What travels through the compiler when it throws; the exception itself is remembered by the host.
#[derive(Debug)]
pub(crate) struct Thrown;

impl fmt::Display for Thrown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a C++ exception that nothing catches")
    }
}

impl std::error::Error for Thrown {}

/// The compiler ended by itself.
#[derive(Debug)]
pub(crate) struct GaveUp;

impl fmt::Display for GaveUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the compiler called abort or exit")
    }
}

impl std::error::Error for GaveUp {}

/// The state of one run.
pub(crate) struct Host {
    world: Option<Arc<World>>,
    /// Exports that call functions with numbers of 64 bits, by their meaning.
    exports: BTreeMap<String, Func>,
    /// Functions of the table that were called before, by their place: the table never changes.
    functions: Vec<Option<Func>>,
    /// The upper half of a 64-bit result, and the type of what was caught.
    upper: i32,
    /// Exceptions that are being handled, the latest last.
    caught: Vec<u32>,
    /// The exception that travels; zero for none.
    travelling: u32,
    uncaught: i32,
    pub(crate) printed: Vec<u8>,
    /// Whether it was refused memory.
    pub(crate) starved: bool,
}

/// What the host uses of the compiler.
struct World {
    memory: Memory,
    table: Table,
    malloc: TypedFunc<u32, u32>,
    free: TypedFunc<u32, ()>,
    set_threw: TypedFunc<(i32, i32), ()>,
    stack_save: TypedFunc<(), u32>,
    stack_restore: TypedFunc<u32, ()>,
    can_catch: TypedFunc<(u32, u32, u32), i32>,
    is_pointer: TypedFunc<u32, i32>,
}

impl ResourceLimiter for Host {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let fits = desired <= MEMORY_BYTES_MAX;
        self.starved |= !fits;
        Ok(fits)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE_ENTRIES_MAX)
    }
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            world: None,
            exports: BTreeMap::new(),
            functions: Vec::new(),
            upper: 0,
            caught: Vec::new(),
            travelling: 0,
            uncaught: 0,
            printed: Vec::new(),
            starved: false,
        }
    }
}

/// A compiler that runs.
pub(crate) struct Running {
    pub(crate) store: Store<Host>,
    instance: Instance,
    names: Names,
}

impl Running {
    /// Brings a module to life.
    pub(crate) fn start(mut store: Store<Host>, module: &Module, names: &Names) -> Result<Self> {
        store.limiter(|host| host);
        let mut imports = Vec::new();
        let (mut memory, mut table) = (None, None);
        for import in module.imports() {
            imports.push(match import.ty() {
                ExternType::Memory(ty) => {
                    Extern::Memory(*memory.insert(Memory::new(&mut store, bounded(&ty))?))
                }
                ExternType::Table(ty) => {
                    Extern::Table(*table.insert(Table::new(&mut store, ty, Ref::Func(None))?))
                }
                ExternType::Func(ty) => {
                    let meaning = names.imports.get(import.name()).map_or("", String::as_str);
                    Extern::Func(crate::imports::function(&mut store, meaning, ty))
                }
                _ => bail!("it imports {} of a kind that no release had", import.name()),
            });
        }
        let instance = Instance::new(&mut store, module, &imports)?;
        for export in module.exports() {
            match export.ty() {
                ExternType::Memory(_) => memory = instance.get_memory(&mut store, export.name()),
                ExternType::Table(_) => table = instance.get_table(&mut store, export.name()),
                _ => {}
            }
        }
        let mut running = Self {
            store,
            instance,
            names: names.clone(),
        };
        let world = World {
            memory: memory.ok_or_else(|| format_err!("it has no memory"))?,
            table: table.ok_or_else(|| format_err!("it has no table"))?,
            malloc: running.function("_malloc")?,
            free: running.function("_free")?,
            set_threw: running.function("_setThrew")?,
            stack_save: running.function("stackSave")?,
            stack_restore: running.function("stackRestore")?,
            can_catch: running.function("___cxa_can_catch")?,
            is_pointer: running.function("___cxa_is_pointer_type")?,
        };
        running.store.data_mut().world = Some(Arc::new(world));
        for (meaning, short) in names
            .exports
            .iter()
            .filter(|(meaning, _)| meaning.starts_with("dynCall_"))
        {
            if let Some(function) = running.instance.get_func(&mut running.store, short) {
                running.store.data_mut().exports.insert(meaning.clone(), function);
            }
        }
        let constructors: TypedFunc<(), ()> = running.function("___wasm_call_ctors")?;
        constructors.call(&mut running.store, ())?;
        Ok(running)
    }

    /// An export by its meaning.
    pub(crate) fn function<P: wasmtime::WasmParams, R: wasmtime::WasmResults>(
        &mut self,
        meaning: &str,
    ) -> Result<TypedFunc<P, R>> {
        let short = self.names.exports.get(meaning).map_or(meaning, String::as_str);
        self.instance.get_typed_func(&mut self.store, short)
    }

    /// Gives a text to the compiler, with a zero after it.
    pub(crate) fn lend(&mut self, text: &str) -> Result<u32> {
        let world = world_of(self.store.data())?;
        let size = u32::try_from(text.len() + 1)?;
        let at = world.malloc.call(&mut self.store, size)?;
        if at == 0 {
            bail!("no memory for the input");
        }
        world
            .memory
            .write(&mut self.store, usize::try_from(at)?, text.as_bytes())?;
        world
            .memory
            .write(&mut self.store, usize::try_from(at)? + text.len(), &[0])?;
        Ok(at)
    }

    /// Takes a text that ends with a zero.
    pub(crate) fn take(&self, at: u32) -> Result<String> {
        let world = world_of(self.store.data())?;
        let bytes = world
            .memory
            .data(&self.store)
            .get(usize::try_from(at)?..)
            .unwrap_or_default();
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

/// The memory that a module asks for, with the largest size that it is given.
fn bounded(ty: &MemoryType) -> MemoryType {
    let most = u32::try_from(MEMORY_BYTES_MAX as u64 / PAGE_BYTES).unwrap_or(u32::MAX);
    let least = u32::try_from(ty.minimum()).unwrap_or(u32::MAX);
    MemoryType::new(
        least.min(most),
        ty.maximum().map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
    )
}

fn world_of(host: &Host) -> Result<Arc<World>> {
    host.world
        .clone()
        .ok_or_else(|| format_err!("it calls out before it lives"))
}

/// One call from the compiler to its host.
pub(crate) struct Call<'a, 'b> {
    pub(crate) caller: &'a mut Caller<'b, Host>,
    world: Arc<World>,
}

impl<'a, 'b> Call<'a, 'b> {
    pub(crate) fn new(caller: &'a mut Caller<'b, Host>) -> Result<Self> {
        let world = world_of(caller.data())?;
        Ok(Self { caller, world })
    }

    /// Calls a function of the table; what it throws becomes a flag.
    pub(crate) fn invoke(&mut self, parameters: &[Val], results: &mut [Val]) -> Result<()> {
        let (index, rest) = split(parameters)?;
        let function = self.entry(index)?;
        let stack = self.world.stack_save.call(self.caller.as_context_mut(), ())?;
        let outcome = function.call(self.caller.as_context_mut(), rest, results);
        self.landed(outcome, stack)
    }

    /// The same through an export that puts 64-bit numbers together from their halves.
    pub(crate) fn invoke_export(
        &mut self,
        meaning: &str,
        parameters: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let Some(export) = self.caller.data().exports.get(meaning).copied() else {
            bail!("it has no {meaning}");
        };
        let stack = self.world.stack_save.call(self.caller.as_context_mut(), ())?;
        let outcome = export.call(self.caller.as_context_mut(), parameters, results);
        self.landed(outcome, stack)
    }

    fn landed(&mut self, outcome: Result<()>, stack: u32) -> Result<()> {
        match outcome {
            Err(error) if error.is::<Thrown>() => {
                self.world
                    .stack_restore
                    .call(self.caller.as_context_mut(), stack)?;
                self.world.set_threw.call(self.caller.as_context_mut(), (1, 0))
            }
            other => other,
        }
    }

    fn entry(&mut self, index: u32) -> Result<Func> {
        let place = usize::try_from(index)?;
        if let Some(Some(function)) = self.caller.data().functions.get(place) {
            return Ok(*function);
        }
        let entry = self
            .world
            .table
            .get(self.caller.as_context_mut(), u64::from(index));
        let Some(Ref::Func(Some(function))) = entry else {
            bail!("it calls a function that is not in its table");
        };
        let functions = &mut self.caller.data_mut().functions;
        if functions.len() <= place {
            functions.resize(place + 1, None);
        }
        if let Some(slot) = functions.get_mut(place) {
            *slot = Some(function);
        }
        Ok(function)
    }

    fn word(&mut self, at: u32) -> Result<u32> {
        let mut bytes = [0; 4];
        self.world
            .memory
            .read(self.caller.as_context_mut(), usize::try_from(at)?, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<()> {
        Ok(self
            .world
            .memory
            .write(self.caller.as_context_mut(), usize::try_from(at)?, bytes)?)
    }

    fn set_word(&mut self, at: u32, word: u32) -> Result<()> {
        self.write(at, &word.to_le_bytes())
    }

    fn flag(&mut self, at: u32) -> Result<bool> {
        let mut byte = [0];
        self.world
            .memory
            .read(self.caller.as_context_mut(), usize::try_from(at)?, &mut byte)?;
        Ok(byte != [0])
    }

    /// `__cxa_allocate_exception`
    pub(crate) fn allocate_exception(&mut self, size: u32) -> Result<u32> {
        let at = self
            .world
            .malloc
            .call(self.caller.as_context_mut(), size.wrapping_add(RECORD))?;
        Ok(at.wrapping_add(RECORD))
    }

    /// `__cxa_free_exception`
    pub(crate) fn free_exception(&mut self, thrown: u32) -> Result<()> {
        self.world
            .free
            .call(self.caller.as_context_mut(), thrown.wrapping_sub(RECORD))
    }

    /// `__cxa_throw`
    pub(crate) fn throw(&mut self, thrown: u32, kind: u32, destructor: u32) -> Result<()> {
        let record = thrown.wrapping_sub(RECORD);
        self.set_word(record, 0)?;
        self.set_word(record.wrapping_add(TYPE), kind)?;
        self.set_word(record.wrapping_add(DESTRUCTOR), destructor)?;
        self.write(record.wrapping_add(CAUGHT), &[0, 0])?;
        self.set_word(record.wrapping_add(ADJUSTED), 0)?;
        let host = self.caller.data_mut();
        host.travelling = thrown;
        host.uncaught += 1;
        Err(Error::new(Thrown))
    }

    /// `__cxa_begin_catch`: gives the object as the handler knows it.
    pub(crate) fn begin_catch(&mut self, thrown: u32) -> Result<u32> {
        let record = thrown.wrapping_sub(RECORD);
        if !self.flag(record.wrapping_add(CAUGHT))? {
            self.write(record.wrapping_add(CAUGHT), &[1])?;
            self.caller.data_mut().uncaught -= 1;
        }
        self.write(record.wrapping_add(RETHROWN), &[0])?;
        self.caller.data_mut().caught.push(thrown);
        let holders = self.word(record)?;
        self.set_word(record, holders.wrapping_add(1))?;
        let kind = self.word(record.wrapping_add(TYPE))?;
        if self.world.is_pointer.call(self.caller.as_context_mut(), kind)? != 0 {
            return self.word(thrown);
        }
        let adjusted = self.word(record.wrapping_add(ADJUSTED))?;
        Ok(if adjusted == 0 { thrown } else { adjusted })
    }

    /// `__cxa_end_catch`
    pub(crate) fn end_catch(&mut self) -> Result<()> {
        self.world.set_threw.call(self.caller.as_context_mut(), (0, 0))?;
        let Some(thrown) = self.caller.data_mut().caught.pop() else {
            return Ok(());
        };
        let record = thrown.wrapping_sub(RECORD);
        let holders = self.word(record)?;
        self.set_word(record, holders.wrapping_sub(1))?;
        if holders == 1 && !self.flag(record.wrapping_add(RETHROWN))? {
            let destructor = self.word(record.wrapping_add(DESTRUCTOR))?;
            if destructor != 0 {
                let function = self.entry(destructor)?;
                let count = function.ty(self.caller.as_context_mut()).results().len();
                let mut results = vec![Val::I32(0); count];
                let object = [Val::I32(thrown.cast_signed())];
                function.call(self.caller.as_context_mut(), &object, &mut results)?;
            }
            self.free_exception(thrown)?;
        }
        self.caller.data_mut().travelling = 0;
        Ok(())
    }

    /// `__cxa_rethrow`
    pub(crate) fn rethrow(&mut self) -> Result<()> {
        let Some(thrown) = self.caller.data_mut().caught.pop() else {
            bail!("it throws again what was not thrown");
        };
        let record = thrown.wrapping_sub(RECORD);
        if !self.flag(record.wrapping_add(RETHROWN))? {
            self.write(record.wrapping_add(CAUGHT), &[0, 1])?;
            let host = self.caller.data_mut();
            host.caught.push(thrown);
            host.uncaught += 1;
        }
        self.caller.data_mut().travelling = thrown;
        Err(Error::new(Thrown))
    }

    /// `__resumeException`
    pub(crate) fn resume(&mut self, thrown: u32) -> Result<()> {
        let host = self.caller.data_mut();
        if host.travelling == 0 {
            host.travelling = thrown;
        }
        Err(Error::new(Thrown))
    }

    /// `__cxa_find_matching_catch_*`: the exception, and the first of these types that catches it.
    pub(crate) fn matching_catch(&mut self, kinds: &[Val]) -> Result<u32> {
        let thrown = self.caller.data().travelling;
        if thrown == 0 {
            self.caller.data_mut().upper = 0;
            return Ok(0);
        }
        let record = thrown.wrapping_sub(RECORD);
        self.set_word(record.wrapping_add(ADJUSTED), thrown)?;
        let kind = self.word(record.wrapping_add(TYPE))?;
        if kind == 0 {
            self.caller.data_mut().upper = 0;
            return Ok(thrown);
        }
        for caught in kinds.iter().filter_map(Val::i32).map(i32::cast_unsigned) {
            if caught == 0 || caught == kind {
                break;
            }
            let place = record.wrapping_add(ADJUSTED);
            if self
                .world
                .can_catch
                .call(self.caller.as_context_mut(), (caught, kind, place))?
                != 0
            {
                self.caller.data_mut().upper = caught.cast_signed();
                return Ok(thrown);
            }
        }
        self.caller.data_mut().upper = kind.cast_signed();
        Ok(thrown)
    }

    pub(crate) fn uncaught(&self) -> i32 {
        self.caller.data().uncaught
    }

    pub(crate) fn upper(&self) -> i32 {
        self.caller.data().upper
    }

    pub(crate) fn set_upper(&mut self, value: i32) {
        self.caller.data_mut().upper = value;
    }

    /// `emscripten_memcpy_big`
    pub(crate) fn copy(&mut self, target: u32, source: u32, bytes: u32) -> Result<()> {
        let (target, source, bytes) = (
            usize::try_from(target)?,
            usize::try_from(source)?,
            usize::try_from(bytes)?,
        );
        let data = self.world.memory.data_mut(self.caller.as_context_mut());
        let fits = |from: usize| from.checked_add(bytes).is_some_and(|end| end <= data.len());
        if !fits(source) || !fits(target) {
            bail!("it copies what is not there");
        }
        data.copy_within(source..source + bytes, target);
        Ok(())
    }

    /// `emscripten_resize_heap`: as Emscripten, a fifth more than there is, if the limit lets it.
    pub(crate) fn resize(&mut self, wanted: u32) -> Result<bool> {
        let wanted = u64::from(wanted);
        let size = self.world.memory.data_size(self.caller.as_context_mut()) as u64;
        for part in [5, 10, 20] {
            let roomy = (size + size / part).min(wanted + GROWTH_BYTES_MAX);
            let pages = roomy
                .max(wanted)
                .div_ceil(PAGE_BYTES)
                .saturating_sub(size / PAGE_BYTES);
            if self
                .world
                .memory
                .grow(self.caller.as_context_mut(), pages)
                .is_ok()
            {
                self.caller.data_mut().starved = false;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `fd_write`: what it says when it gives up.
    pub(crate) fn print(&mut self, vectors: u32, count: u32, written: u32) -> Result<()> {
        let mut total: u32 = 0;
        for place in (0..count).map(|index| vectors.wrapping_add(index.wrapping_mul(8))) {
            let (at, bytes) = (self.word(place)?, self.word(place.wrapping_add(4))?);
            total = total.wrapping_add(bytes);
            let room = PRINTED_BYTES_MAX.saturating_sub(self.caller.data().printed.len());
            let mut part = vec![0; room.min(usize::try_from(bytes)?)];
            self.world
                .memory
                .read(self.caller.as_context_mut(), usize::try_from(at)?, &mut part)?;
            self.caller.data_mut().printed.extend(part);
        }
        self.set_word(written, total)
    }

    /// `environ_sizes_get`: there are no variables.
    pub(crate) fn no_variables(&mut self, count: u32, bytes: u32) -> Result<()> {
        self.set_word(count, 0)?;
        self.set_word(bytes, 0)
    }

    /// `clock_gettime`: it is always the first second of 1970.
    pub(crate) fn no_time(&mut self, at: u32) -> Result<()> {
        self.write(at, &[0; 8])
    }
}

/// The place in the table, and the parameters after it.
fn split(parameters: &[Val]) -> Result<(u32, &[Val])> {
    match parameters {
        [Val::I32(index), rest @ ..] => Ok((index.cast_unsigned(), rest)),
        _ => bail!("it calls a function without saying which"),
    }
}

/// What calls of files answer.
pub(crate) const fn no_files(meaning: &str) -> i32 {
    if matches!(meaning.as_bytes(), b"_fd_seek") {
        NO_SEEK
    } else {
        NO_FILES
    }
}

/// Zeros of these types.
pub(crate) fn zeros(ty: &FuncType) -> Vec<Val> {
    ty.results()
        .map(|ty| match ty {
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            _ => Val::I32(0),
        })
        .collect()
}
