package org.softmin.studies;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * One record of an event file that TensorBoard reads: a TFRecord around the protocol buffer {@code Event}.
 *
 * <p>A TFRecord is the length of its data, a checksum of the length, the data, a checksum of the data. The few fields that
 * scalars need are encoded here. Formats: TensorFlow, {@code tensorflow/core/lib/io/record_writer.h} and
 * {@code tensorflow/core/util/event.proto}.
 */
final class EventRecord {
    // Tags of the fields: number << 3 | type, where 0 is a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
    private static final int WALL_TIME = 1 << 3 | 1;
    private static final int STEP = 2 << 3;
    private static final int FILE_VERSION = 3 << 3 | 2;
    private static final int SUMMARY = 5 << 3 | 2;
    private static final int SUMMARY_VALUE = 1 << 3 | 2;
    private static final int VALUE_TAG = 1 << 3 | 2;
    private static final int VALUE_NUMBER = 2 << 3 | 5;

    private EventRecord() {}

    /** The record that each file begins with. */
    static byte[] version(double seconds) {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        event.write(WALL_TIME);
        event.writeBytes(littleEndian(Double.doubleToRawLongBits(seconds), Double.BYTES));
        field(event, FILE_VERSION, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        return framed(event.toByteArray());
    }

    /**
     * Numbers of one step, by name; the format holds them in single precision.
     *
     * @param seconds since 1970
     */
    static byte[] scalars(double seconds, long step, Map<String, Double> values) {
        ByteArrayOutputStream summary = new ByteArrayOutputStream();
        new TreeMap<>(values).forEach((name, number) -> {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            field(value, VALUE_TAG, name.getBytes(StandardCharsets.UTF_8));
            value.write(VALUE_NUMBER);
            value.writeBytes(littleEndian(Float.floatToRawIntBits(number.floatValue()), Float.BYTES));
            field(summary, SUMMARY_VALUE, value.toByteArray());
        });
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        event.write(WALL_TIME);
        event.writeBytes(littleEndian(Double.doubleToRawLongBits(seconds), Double.BYTES));
        event.write(STEP);
        varint(event, step);
        field(event, SUMMARY, summary.toByteArray());
        return framed(event.toByteArray());
    }

    private static void field(ByteArrayOutputStream out, int tag, byte[] bytes) {
        out.write(tag);
        varint(out, bytes.length);
        out.writeBytes(bytes);
    }

    /** Seven bits a byte, the lowest first; the high bit says that there are more. */
    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        for (; rest >>> 7 != 0; rest >>>= 7) {
            out.write((int) (rest & 0x7F | 0x80));
        }
        out.write((int) rest);
    }

    private static byte[] framed(byte[] data) {
        byte[] length = littleEndian(data.length, Long.BYTES);
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes(length);
        record.writeBytes(littleEndian(checksum(length), Integer.BYTES));
        record.writeBytes(data);
        record.writeBytes(littleEndian(checksum(data), Integer.BYTES));
        return record.toByteArray();
    }

    private static byte[] littleEndian(long value, int bytes) {
        byte[] all = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        return Arrays.copyOf(all, bytes);
    }

    /** CRC-32C, turned and shifted so that it can be stored in data that have a checksum of their own. */
    private static int checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }
}
