package org.softmin.tensor.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.softmin.tensor.DType;
import org.softmin.tensor.HostArray;
import org.softmin.tensor.Shape;

/** Type of the elements of an array in a file, under the names of safetensors, and what they are read as. */
public enum ElementType {
    /** A byte that is 0 or 1. */
    BOOL(1, DType.BOOL),
    /** 0 to 255. */
    U8(1, DType.I32),
    /** −128 to 127. */
    I8(1, DType.I32),
    /** 16 bits without sign. */
    U16(2, DType.I32),
    /** 16-bit two's complement. */
    I16(2, DType.I32),
    /** 32 bits without sign; values from 2³¹ on can only be read as floats. */
    U32(4, DType.I32),
    /** 32-bit two's complement. */
    I32(4, DType.I32),
    /** 64 bits without sign; values from 2³¹ on can only be read as floats. */
    U64(8, DType.I32),
    /** 64-bit two's complement; values that 32 bits cannot hold can only be read as floats. */
    I64(8, DType.I32),
    /** IEEE 754 half precision, widened to F32. */
    F16(2, DType.F32),
    /** The upper half of a single-precision number, widened to F32. */
    BF16(2, DType.F32),
    /** IEEE 754 single precision. */
    F32(4, DType.F32),
    /** IEEE 754 double precision. */
    F64(8, DType.F64);

    private static final int CHUNK = 1 << 16;

    private final int bytes;
    private final DType dtype;

    ElementType(int bytes, DType dtype) {
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /** Bytes of one element in a file. */
    public int bytes() {
        return bytes;
    }

    /** The type that elements are read as. */
    public DType dtype() {
        return dtype;
    }

    /** The type that elements of {@code dtype} are written as. */
    static ElementType of(DType dtype) {
        return switch (dtype) {
            case F32 -> F32;
            case F64 -> F64;
            case I32 -> I32;
            case BOOL -> BOOL;
        };
    }

    /** Whether elements are whole numbers or truth values. */
    boolean isIntegral() {
        return !dtype.isFloating();
    }

    /** Element {@code index} of {@code from} if this is integral; a U64 from 2⁶³ on comes out negative. */
    long integer(ByteBuffer from, int index) {
        int at = index * bytes;
        return switch (this) {
            case BOOL, U8 -> from.get(at) & 0xFF;
            case I8 -> from.get(at);
            case U16 -> from.getShort(at) & 0xFFFF;
            case I16 -> from.getShort(at);
            case U32 -> Integer.toUnsignedLong(from.getInt(at));
            case I32 -> from.getInt(at);
            case U64, I64 -> from.getLong(at);
            case F16, BF16, F32, F64 -> throw new IllegalStateException("elements: " + this + " is not integral");
        };
    }

    /** Element {@code index} of {@code from}, exactly or, from 2⁵³ on, as near as a double comes. */
    double value(ByteBuffer from, int index) {
        int at = index * bytes;
        return switch (this) {
            case BOOL, U8, I8, U16, I16, U32, I32, I64 -> integer(from, index);
            case U64 -> unsigned(from.getLong(at));
            case F16 -> Float.float16ToFloat(from.getShort(at));
            case BF16 -> Float.intBitsToFloat(from.getShort(at) << 16);
            case F32 -> from.getFloat(at);
            case F64 -> from.getDouble(at);
        };
    }

    /** Writes the elements of {@code array} to {@code out}, little-endian and row-major. */
    static void write(OutputStream out, HostArray array) throws IOException {
        ElementType type = of(array.dtype());
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < array.size(); ) {
            int count = Math.min(CHUNK / type.bytes(), array.size() - done);
            HostArray part = array.reshape(Shape.of(array.size())).rows(done, done + count);
            switch (array.dtype()) { // copies: an array whose Java array was asked for stays on no device
                case F32 -> chunk.asFloatBuffer().put(0, part.toFloats());
                case F64 -> chunk.asDoubleBuffer().put(0, part.toDoubles());
                case I32 -> chunk.asIntBuffer().put(0, part.toInts());
                case BOOL -> {
                    int[] truths = part.toInts();
                    for (int i = 0; i < count; i++) {
                        chunk.put(i, (byte) truths[i]);
                    }
                }
            }
            out.write(chunk.array(), 0, count * type.bytes());
            done += count;
        }
    }

    private static double unsigned(long bits) {
        // Halved with the lost bit kept, so that it is rounded once.
        return bits >= 0 ? bits : 2.0 * (bits >>> 1 | bits & 1);
    }

    /** Writes the first {@code count} elements of {@code from} to {@code to}, from {@code start} on, as F32. */
    void toFloats(ByteBuffer from, int count, float[] to, int start) {
        switch (this) {
            case F32 -> from.asFloatBuffer().get(0, to, start, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    to[start + i] = Float.float16ToFloat(from.getShort(2 * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    to[start + i] = Float.intBitsToFloat(from.getShort(2 * i) << 16);
                }
            }
            case BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F64 -> {
                for (int i = 0; i < count; i++) {
                    to[start + i] = (float) value(from, i);
                }
            }
        }
    }
}
