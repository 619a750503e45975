package org.softmin.studies;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A decoder of TensorBoard's event files, from the descriptions of the formats: any field order, any unknown field. */
final class EventFile {
    private EventFile() {}

    record Event(double seconds, long step, String version, Map<String, Float> scalars) {}

    static List<Event> decode(byte[] file) {
        List<Event> events = new ArrayList<>();
        for (int at = 0; at < file.length; ) {
            int length = Math.toIntExact(number(file, at, 8));
            check(file, at, 8, at + 8);
            int data = at + 12;
            check(file, data, length, data + length);
            events.add(event(Arrays.copyOfRange(file, data, data + length)));
            at = data + length + 4;
        }
        return events;
    }

    private static void check(byte[] file, int from, int count, int checksum) {
        // The mask as the format describes it: rotate right by 15, add a constant, all in 32 bits.
        long crc = Integer.toUnsignedLong(crc(Arrays.copyOfRange(file, from, from + count)));
        long masked = ((crc >> 15 | crc << 17 & 0xFFFFFFFFL) + 0xA282EAD8L) % (1L << 32);
        if (number(file, checksum, 4) != masked) {
            throw new AssertionError("wrong checksum at " + checksum);
        }
    }

    /** CRC-32C bit by bit: the polynomial 1EDC6F41, reflected. */
    static int crc(byte[] data) {
        int crc = ~0;
        for (byte b : data) {
            for (int bit = 0; bit < 8; bit++) {
                boolean odd = ((crc ^ b >> bit) & 1) != 0;
                crc = crc >>> 1 ^ (odd ? 0x82F63B78 : 0);
            }
        }
        return ~crc;
    }

    private static long number(byte[] file, int from, int count) {
        if (from + count > file.length) {
            throw new AssertionError("the file ends before the checksum or length at " + from);
        }
        byte[] bigEndian = new byte[count];
        for (int i = 0; i < count; i++) {
            bigEndian[count - 1 - i] = file[from + i];
        }
        BigInteger value = new BigInteger(1, bigEndian);
        if (value.bitLength() > 62 && count == 8 || value.longValue() > file.length && count == 8) {
            throw new AssertionError("a length beyond the file: its checksum cannot be right");
        }
        return value.longValue();
    }

    private static Event event(byte[] message) {
        Reader fields = new Reader(message);
        double seconds = 0;
        long step = 0;
        String version = "";
        Map<String, Float> scalars = new LinkedHashMap<>();
        while (fields.more()) {
            switch (fields.next()) {
                case 1 -> seconds = Double.longBitsToDouble(fields.value);
                case 2 -> step = fields.value;
                case 3 -> version = new String(fields.bytes, StandardCharsets.UTF_8);
                case 5 -> summary(fields.bytes, scalars);
                default -> throw new AssertionError("an event has no field " + fields.number);
            }
        }
        return new Event(seconds, step, version, scalars);
    }

    private static void summary(byte[] message, Map<String, Float> scalars) {
        Reader values = new Reader(message);
        while (values.more()) {
            if (values.next() != 1) {
                throw new AssertionError("a summary has no field " + values.number);
            }
            Reader fields = new Reader(values.bytes);
            String tag = "";
            float number = 0;
            while (fields.more()) {
                switch (fields.next()) {
                    case 1 -> tag = new String(fields.bytes, StandardCharsets.UTF_8);
                    case 2 -> number = Float.intBitsToFloat((int) fields.value);
                    default -> throw new AssertionError("a value has no field " + fields.number);
                }
            }
            scalars.put(tag, number);
        }
    }

    /** The fields of a protocol buffer, one after the other. */
    private static final class Reader {
        private final byte[] message;
        private int at;
        private int number;
        private long value;
        private byte[] bytes = {};

        Reader(byte[] message) {
            this.message = message;
        }

        boolean more() {
            return at < message.length;
        }

        int next() {
            long key = varint();
            number = (int) (key / 8);
            switch ((int) (key % 8)) {
                case 0 -> value = varint();
                case 1 -> value = fixed(8);
                case 2 -> {
                    int length = (int) varint();
                    bytes = Arrays.copyOfRange(message, at, at + length);
                    at += length;
                }
                case 5 -> value = fixed(4);
                default -> throw new AssertionError("no such type of field: " + key % 8);
            }
            return number;
        }

        private long varint() {
            long result = 0;
            int shift = 0;
            while (true) {
                byte b = message[at++];
                result += (b & 127L) << shift;
                if (b >= 0) {
                    return result;
                }
                shift += 7;
            }
        }

        private long fixed(int count) {
            long result = 0;
            for (int i = 0; i < count; i++) {
                result += (message[at++] & 255L) << 8 * i;
            }
            return result;
        }
    }
}
