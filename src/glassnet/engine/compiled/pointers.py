"""Plain memory and calls by address in compiled code: what lets one loop run kernels chosen at run time."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic as _intrinsic

intrinsic: Any = _intrinsic

I64, F64 = types.int64, types.float64
# kernel(addresses of arrays, rows, whole numbers, settings, live numbers) -> a sum, or 0
SIGNATURE = F64(types.CPointer(I64), I64, types.CPointer(I64), types.CPointer(F64), types.CPointer(F64))


@intrinsic
def pointer_f4(typing: Any, address: Any) -> Any:
    """An address as a pointer to float32."""
    return types.CPointer(types.float32)(types.int64), _to_pointer


@intrinsic
def pointer_f8(typing: Any, address: Any) -> Any:
    """An address as a pointer to float64."""
    return types.CPointer(types.float64)(types.int64), _to_pointer


@intrinsic
def pointer_i4(typing: Any, address: Any) -> Any:
    """An address as a pointer to words of four bytes."""
    return types.CPointer(types.int32)(types.int64), _to_pointer


def _to_pointer(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.inttoptr(args[0], context.get_value_type(signature.return_type))


@intrinsic
def call(typing: Any, address: Any, arrays: Any, n_rows: Any, ints: Any, settings: Any, live: Any) -> Any:
    """Call the kernel at an address; the arrays are passed as the addresses of their data."""
    signature = types.float64(I64, I64, I64, I64, I64, I64)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        i64, f64 = ir.IntType(64), ir.DoubleType()
        kinds = [i64.as_pointer(), i64, i64.as_pointer(), f64.as_pointer(), f64.as_pointer()]
        function = builder.inttoptr(args[0], ir.FunctionType(f64, kinds).as_pointer())
        given = [
            builder.inttoptr(arg, kind) if isinstance(kind, ir.PointerType) else arg
            for arg, kind in zip(args[1:], kinds, strict=True)
        ]
        return builder.call(function, given)

    return signature, codegen


@intrinsic
def next_uint32(typing: Any, function: Any, state: Any) -> Any:
    """The next 32 random bits of a NumPy bit generator, by the addresses of its function and its state."""
    return types.uint32(I64, I64), _drawing(ir.IntType(32))


@intrinsic
def next_double(typing: Any, function: Any, state: Any) -> Any:
    """The next random number in [0, 1) of a NumPy bit generator."""
    return types.float64(I64, I64), _drawing(ir.DoubleType())


def _drawing(result: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        function = builder.inttoptr(args[0], ir.FunctionType(result, [pointer]).as_pointer())
        return builder.call(function, [builder.inttoptr(args[1], pointer)])

    return codegen
