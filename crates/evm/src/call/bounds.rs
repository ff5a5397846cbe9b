//! Ends executions that take too long or record too much.
//!
//! This crate reads no clock: whoever starts a call hands in a question, "is the time over?", and it is asked every few
//! hundred instructions. So no program of the EVM can run past its time for longer than that.

use super::{CallLimits, TimeOver};
use revm::{
    Inspector,
    bytecode::opcode,
    context_interface::ContextTr,
    interpreter::{
        CallInputs, CallOutcome, CreateInputs, CreateOutcome, InstructionResult, Interpreter,
        interpreter_types::Jumps,
    },
};

/// Instructions between two questions: rare enough to cost nothing, often enough that even the dearest instructions
/// stay within milliseconds.
const INSTRUCTIONS_PER_QUESTION: u32 = 256;
/// Bytes that one recorded instruction takes besides its stack, memory and storage.
const STEP_BYTES: usize = 128;
/// Bytes of one word in a trace: hexadecimal digits, prefix, quotes and comma.
const WORD_BYTES: usize = 69;

/// Stops the interpreter once the time is over.
pub(crate) struct TimeLimit<'a> {
    is_over: TimeOver<'a>,
    until_question: u32,
    stopped: bool,
}

impl<'a> TimeLimit<'a> {
    pub(crate) const fn new(limits: &CallLimits<'a>) -> Self {
        Self {
            is_over: limits.is_over,
            until_question: INSTRUCTIONS_PER_QUESTION,
            stopped: false,
        }
    }

    /// Whether the execution was stopped: its result means nothing then.
    pub(crate) const fn stopped(&self) -> bool {
        self.stopped
    }
}

impl<CTX> Inspector<CTX> for TimeLimit<'_> {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut CTX) {
        self.until_question -= 1;
        if self.until_question == 0 {
            self.until_question = INSTRUCTIONS_PER_QUESTION;
            self.stopped = self.stopped || (self.is_over)();
        }
        if self.stopped {
            // Each frame above ends the same way at its own next instruction; the result is thrown away.
            self.until_question = 1;
            interpreter.halt(InstructionResult::OutOfGas);
        }
    }
}

/// What a struct log of every instruction records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordedSteps {
    pub(crate) stack: bool,
    pub(crate) memory: bool,
    pub(crate) storage: bool,
}

/// Estimates the size of a trace while it grows, and stops the interpreter when it is too large.
#[derive(Debug)]
pub(crate) struct SizeLimit {
    bytes_left: usize,
    steps: Option<RecordedSteps>,
    slots_touched: usize,
    exceeded: bool,
}

impl SizeLimit {
    /// `steps` is none for tracers that record calls only.
    pub(crate) const fn new(bytes_max: usize, steps: Option<RecordedSteps>) -> Self {
        Self {
            bytes_left: bytes_max,
            steps,
            slots_touched: 0,
            exceeded: false,
        }
    }

    /// Whether the execution was stopped: its trace is not complete then.
    pub(crate) const fn exceeded(&self) -> bool {
        self.exceeded
    }

    /// What may still be recorded.
    pub(crate) const fn bytes_left(&self) -> usize {
        self.bytes_left
    }

    const fn spend(&mut self, bytes: usize) {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => self.bytes_left = left,
            None => self.exceeded = true,
        }
    }

    fn spend_step(&mut self, interpreter: &Interpreter, steps: RecordedSteps) {
        let mut bytes = STEP_BYTES;
        if steps.stack {
            bytes = bytes.saturating_add(interpreter.stack.len().saturating_mul(WORD_BYTES));
        }
        if steps.memory {
            let words = interpreter.memory.len().div_ceil(32);
            bytes = bytes.saturating_add(words.saturating_mul(WORD_BYTES));
        }
        if steps.storage && matches!(interpreter.bytecode.opcode(), opcode::SLOAD | opcode::SSTORE) {
            // Every such instruction records all slots that the contract touched so far.
            self.slots_touched = self.slots_touched.saturating_add(1);
            bytes = bytes.saturating_add(self.slots_touched.saturating_mul(2 * WORD_BYTES));
        }
        self.spend(bytes);
    }
}

impl<CTX: ContextTr> Inspector<CTX> for SizeLimit {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut CTX) {
        if let Some(steps) = self.steps {
            self.spend_step(interpreter, steps);
        }
        if self.exceeded {
            interpreter.halt(InstructionResult::OutOfGas);
        }
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.spend(inputs.input.len().saturating_mul(2).saturating_add(STEP_BYTES));
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.spend(outcome.result.output.len().saturating_mul(2));
    }

    fn create(&mut self, _: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.spend(
            inputs
                .init_code()
                .len()
                .saturating_mul(2)
                .saturating_add(STEP_BYTES),
        );
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.spend(outcome.result.output.len().saturating_mul(2));
    }
}
