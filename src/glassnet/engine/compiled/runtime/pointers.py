"""Plain memory and calls by address in compiled code: what lets one loop run kernels chosen at run time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as _intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.context import Context as TypingContext
    from numba.core.typing.templates import Signature

intrinsic: Any = _intrinsic

I64, F64 = types.int64, types.float64
IS_X86 = binding.get_process_triple().startswith("x86_64")
# kernel(addresses of arrays, rows, steps, span, place of the first row, whole numbers, settings, live numbers) -> a sum
SIGNATURE = F64(types.CPointer(I64), I64, I64, I64, I64, types.CPointer(I64), types.CPointer(F64), types.CPointer(F64))

TASK = I64(I64, I64, I64)  # task(address of the table, number of the task, worker) -> 0


@intrinsic
def pointer_f4(typing: "TypingContext", address: types.Type) -> Any:
    """An address as a pointer to float32."""
    return types.CPointer(types.float32)(types.int64), _to_pointer


@intrinsic
def pointer_f8(typing: "TypingContext", address: types.Type) -> Any:
    """An address as a pointer to float64."""
    return types.CPointer(types.float64)(types.int64), _to_pointer


@intrinsic
def pointer_i4(typing: "TypingContext", address: types.Type) -> Any:
    """An address as a pointer to words of four bytes."""
    return types.CPointer(types.int32)(types.int64), _to_pointer


@intrinsic
def pointer_i8(typing: "TypingContext", address: types.Type) -> Any:
    """An address as a pointer to words of eight bytes."""
    return types.CPointer(types.int64)(types.int64), _to_pointer


@intrinsic
def pointer_u8(typing: "TypingContext", address: types.Type) -> Any:
    """An address as a pointer to 64 bits."""
    return types.CPointer(types.uint64)(types.int64), _to_pointer


def _to_pointer(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
    return builder.inttoptr(args[0], context.get_value_type(signature.return_type))


@intrinsic
def call(
    typing: "TypingContext",
    address: types.Type,
    arrays: types.Type,
    n_rows: types.Type,
    n_steps: types.Type,
    span: types.Type,
    first: types.Type,
    ints: types.Type,
    settings: types.Type,
    live: types.Type,
) -> Any:
    """Call the kernel at an address; the arrays are passed as the addresses of their data."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        i64, f64 = ir.IntType(64), ir.DoubleType()
        kinds = [i64.as_pointer(), i64, i64, i64, i64, i64.as_pointer(), f64.as_pointer(), f64.as_pointer()]
        function = builder.inttoptr(args[0], ir.FunctionType(f64, kinds).as_pointer())
        given = [
            builder.inttoptr(arg, kind) if isinstance(kind, ir.PointerType) else arg
            for arg, kind in zip(args[1:], kinds, strict=True)
        ]
        return builder.call(function, given)

    return types.float64(*[I64] * 9), codegen


@intrinsic
def call_task(
    typing: "TypingContext", address: types.Type, table: types.Type, task: types.Type, worker: types.Type
) -> Any:
    """Call the function at an address for a task."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        i64 = ir.IntType(64)
        function = builder.inttoptr(args[0], ir.FunctionType(i64, [i64] * 3).as_pointer())
        return builder.call(function, [builder.ptrtoint(args[1], i64), *args[2:]])

    return I64(I64, table, I64, I64), codegen


@intrinsic
def next_uint64(typing: "TypingContext", function: types.Type, state: types.Type) -> Any:
    """The next 64 random bits of a NumPy bit generator, by the addresses of its function and its state."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        pointer = ir.IntType(8).as_pointer()
        function = builder.inttoptr(args[0], ir.FunctionType(ir.IntType(64), [pointer]).as_pointer())
        return builder.call(function, [builder.inttoptr(args[1], pointer)])

    return types.uint64(I64, I64), codegen


@intrinsic
def yield_core(typing: "TypingContext", function: types.Type) -> Any:
    """Let other threads run: call the system's function at an address."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        function = builder.inttoptr(args[0], ir.FunctionType(ir.IntType(32), []).as_pointer())
        return builder.call(function, [])

    return types.int32(I64), codegen


FLUSH = 0x8040  # of a processor's control word on x86-64: denormal results and arguments are 0


@intrinsic
def flush_denormals(typing: "TypingContext") -> Any:
    """Let this thread take denormal numbers for 0, as they are many times slower; gives what to `restore`."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        word = ir.IntType(32)
        if not IS_X86:
            return ir.Constant(word, 0)
        place = cgutils.alloca_once(builder, word)
        _control(builder, "stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, ir.Constant(word, FLUSH)), place)
        _control(builder, "ldmxcsr", place)
        return before

    return types.int32(), codegen


@intrinsic
def restore(typing: "TypingContext", before: types.Type) -> Any:
    """Put back what `flush_denormals` gave."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        if IS_X86:
            place = cgutils.alloca_once(builder, ir.IntType(32))
            builder.store(args[0], place)
            _control(builder, "ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(types.int32), codegen


def _control(builder: ir.IRBuilder, name: str, place: ir.Value) -> None:
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
    builder.call(function, [builder.bitcast(place, byte)])


@intrinsic
def atomic_add(typing: "TypingContext", array: types.Type, index: types.Type, value: types.Type) -> Any:
    """Add to an entry of an array, in one go for all threads; gives what it was before."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        return builder.atomic_rmw("add", _entry(builder, args), args[2], "seq_cst")

    return types.int64(array, I64, I64), codegen


@intrinsic
def atomic_load(typing: "TypingContext", array: types.Type, index: types.Type) -> Any:
    """Read an entry of an array that other threads write."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        return builder.load_atomic(_entry(builder, args), "acquire", 8)

    return types.int64(array, I64), codegen


@intrinsic
def atomic_store(typing: "TypingContext", array: types.Type, index: types.Type, value: types.Type) -> Any:
    """Write an entry of an array; whoever then reads it sees all that was written before."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        builder.store_atomic(args[2], _entry(builder, args), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(array, I64, I64), codegen


@intrinsic
def atomic_swap(
    typing: "TypingContext", array: types.Type, index: types.Type, before: types.Type, after: types.Type
) -> Any:
    """Write `after` into an entry if it still is `before`; gives whether it was."""

    def codegen(context: "BaseContext", builder: ir.IRBuilder, signature: "Signature", args: Sequence[ir.Value]) -> Any:
        found = builder.cmpxchg(_entry(builder, args), args[2], args[3], "seq_cst")
        return builder.extract_value(found, 1)

    return types.boolean(array, I64, I64, I64), codegen


def _entry(builder: ir.IRBuilder, args: Sequence[ir.Value]) -> Any:
    return builder.gep(args[0], [args[1]])
