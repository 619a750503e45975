package org.softmin.tensor.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.softmin.tensor.io.StoredArray.Layout;

/**
 * The JSON header of a safetensors file, read by the grammar that it must have and no other JSON.
 *
 * <p>There is nothing recursive in that grammar, so nesting costs nothing: the first bracket that does not belong is an
 * error.
 */
final class SafetensorsHeader {
    static final String METADATA = "__metadata__";
    static final int MAX_TENSORS = 65_536;
    private static final int MAX_RANK = 64;

    private final FileSource source;
    private final byte[] json;
    private int at;

    private record Tensor(String name, ElementType type, List<Long> dims, long begin, long end) {
        @Override
        public String toString() {
            return "tensor " + name;
        }
    }

    /** Header that begins at byte {@value Safetensors#PREFIX} of {@code source}. */
    SafetensorsHeader(FileSource source, byte[] json) {
        this.source = source;
        this.json = json;
    }

    ArrayFile parse() throws DataException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        expect('{');
        for (boolean more = !next('}'); more; more = commaOr('}')) {
            int start = at;
            String name = text();
            if (!names.add(name)) {
                throw fail(start, "the name \"" + name + "\" occurs twice");
            }
            expect(':');
            if (name.equals(METADATA)) {
                metadata.putAll(metadata());
            } else if (tensors.size() == MAX_TENSORS) {
                throw fail(start, "expected at most " + MAX_TENSORS + " tensors, found more");
            } else {
                tensors.put(name, tensor(name, start));
            }
        }
        skipSpace();
        if (at < json.length) {
            throw unexpected("the end of the header, " + (json.length - at) + " bytes further on");
        }
        List<Tensor> inOrder = new ArrayList<>(tensors.values());
        inOrder.sort(Comparator.comparingLong(Tensor::begin).thenComparingLong(Tensor::end));
        checkOffsets(inOrder);
        long data = (long) Safetensors.PREFIX + json.length;
        List<StoredArray> arrays = inOrder.stream()
                .map(tensor -> new StoredArray(
                        tensor.name, tensor.type, tensor.dims, Layout.LITTLE_ENDIAN, source, data + tensor.begin))
                .toList();
        return new ArrayFile(source, arrays, metadata);
    }

    /** Every byte after the header belongs to one tensor. */
    private void checkOffsets(List<Tensor> inOrder) throws DataException {
        long expected = 0;
        String before = "the start";
        for (Tensor tensor : inOrder) {
            if (tensor.begin != expected) {
                throw fail(
                        json.length,
                        tensor + " begins at " + tensor.begin + " of the data; expected " + expected + ", where "
                                + before
                                + (tensor.begin < expected ? " ends (they overlap)" : " ends (there is a hole)"));
            }
            expected = tensor.end;
            before = tensor.toString();
        }
        long found = source.length() - Safetensors.PREFIX - json.length;
        if (expected != found) {
            throw fail(
                    json.length,
                    "expected " + expected + " bytes of data, up to the end of " + before + ", found " + found);
        }
    }

    private Tensor tensor(String name, int start) throws DataException {
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw fail(start, "the name \"" + name + "\" holds control characters");
        }
        String what = "tensor " + name + ": ";
        @Nullable ElementType type = null;
        @Nullable List<Long> dims = null;
        @Nullable List<Long> offsets = null;
        expect('{');
        for (boolean more = !next('}'); more; more = commaOr('}')) {
            skipSpace();
            int key = at;
            String field = text();
            expect(':');
            boolean twice = switch (field) {
                case "dtype" -> type != null;
                case "shape" -> dims != null;
                case "data_offsets" -> offsets != null;
                default -> throw fail(key, what + "expected dtype, shape and data_offsets, found \"" + field + "\"");
            };
            if (twice) {
                throw fail(key, what + field + " occurs twice");
            }
            switch (field) {
                case "dtype" -> type = type(what);
                case "shape" -> dims = numbers(what + "shape", MAX_RANK);
                default -> offsets = numbers(what + "data_offsets", 2);
            }
        }
        if (type == null || dims == null || offsets == null) {
            throw fail(
                    start,
                    what + "expected dtype, shape and data_offsets, found no "
                            + (type == null ? "dtype" : dims == null ? "shape" : "data_offsets"));
        }
        return checked(new Tensor(name, type, dims, first(offsets, what, start), offsets.get(1)), start);
    }

    private long first(List<Long> offsets, String what, int start) throws DataException {
        if (offsets.size() != 2) {
            throw fail(start, what + "expected two data_offsets, found " + offsets);
        }
        return offsets.getFirst();
    }

    private Tensor checked(Tensor tensor, int start) throws DataException {
        long elements = StoredArray.elements(tensor.dims);
        if (elements < 0) {
            throw fail(start, tensor + ": shape " + tensor.dims + " has more bytes than 63 bits can count");
        }
        if (tensor.end < tensor.begin || tensor.end - tensor.begin != elements * tensor.type.bytes()) {
            throw fail(
                    start,
                    tensor + ": expected data_offsets " + elements * tensor.type.bytes() + " apart for " + tensor.type
                            + tensor.dims + ", found [" + tensor.begin + ", " + tensor.end + "]");
        }
        return tensor;
    }

    private ElementType type(String what) throws DataException {
        skipSpace();
        int start = at;
        String name = text();
        for (ElementType type : ElementType.values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw fail(start, what + "expected dtype " + List.of(ElementType.values()) + ", found \"" + name + "\"");
    }

    private Map<String, String> metadata() throws DataException {
        Map<String, String> metadata = new LinkedHashMap<>();
        expect('{');
        for (boolean more = !next('}'); more; more = commaOr('}')) {
            skipSpace();
            int start = at;
            String name = text();
            expect(':');
            if (metadata.put(name, text()) != null) {
                throw fail(start, "metadata: the name \"" + name + "\" occurs twice");
            }
        }
        return metadata;
    }

    private List<Long> numbers(String what, int most) throws DataException {
        List<Long> numbers = new ArrayList<>();
        expect('[');
        for (boolean more = !next(']'); more; more = commaOr(']')) {
            if (numbers.size() == most) {
                throw fail(at, what + ": expected at most " + most + " numbers, found more");
            }
            numbers.add(number(what));
        }
        return numbers;
    }

    /** Digits only: a sign, a fraction and an exponent are JSON, but no extent and no offset. */
    private long number(String what) throws DataException {
        skipSpace();
        int start = at;
        while (at < json.length && isPartOfNumber(json[at])) {
            at++;
        }
        String digits = new String(json, start, Math.min(at - start, 40), StandardCharsets.ISO_8859_1);
        if (digits.isEmpty()) {
            throw unexpected(what + ": a whole number from 0 on");
        }
        if (!digits.matches("0|[1-9][0-9]{0,18}")
                || digits.compareTo("9223372036854775807") > 0 && digits.length() == 19) {
            throw fail(start, what + ": expected a whole number from 0 to 9223372036854775807, found " + digits);
        }
        return Long.parseLong(digits);
    }

    private static boolean isPartOfNumber(byte b) {
        return b >= '0' && b <= '9' || b == '-' || b == '+' || b == '.' || b == 'e' || b == 'E';
    }

    private String text() throws DataException {
        expect('"');
        int start = at;
        StringBuilder escaped = new StringBuilder();
        int copied = start;
        while (at < json.length && json[at] != '"') {
            if (json[at] >= 0 && json[at] < 0x20) {
                throw unexpected("text without control characters");
            }
            if (json[at] == '\\') {
                escaped.append(utf8(copied, at));
                escaped.append(escape());
                copied = at;
            } else {
                at++;
            }
        }
        String text = escaped.append(utf8(copied, at)).toString();
        expect('"');
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw fail(start, "expected text, found half of a surrogate pair");
        }
        return text;
    }

    private char escape() throws DataException {
        int start = at++;
        if (at == json.length) {
            throw unexpected("an escaped character");
        }
        char c = (char) json[at++];
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int end = at + 4; at < end; at++) {
                    int digit = at < json.length ? Character.digit(json[at], 16) : -1;
                    if (digit < 0) {
                        throw unexpected("four hexadecimal digits");
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw fail(start, "expected an escaped character that JSON knows, found \\" + c);
        };
    }

    private String utf8(int from, int to) throws DataException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw fail(from, "expected UTF-8 text, found other bytes");
        }
    }

    /** After an element of a list or an object: whether there is another. */
    private boolean commaOr(char end) throws DataException {
        if (next(end)) {
            return false;
        }
        if (!next(',')) {
            throw unexpected("',' or '" + end + "'");
        }
        skipSpace();
        return true;
    }

    private void expect(char c) throws DataException {
        if (!next(c)) {
            throw unexpected("'" + c + "'");
        }
    }

    private boolean next(char c) {
        skipSpace();
        if (at < json.length && json[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
    }

    private DataException unexpected(String expected) {
        String found = at == json.length
                ? "the end of the header"
                : json[at] > 0x20 && json[at] < 0x7F ? "'" + (char) json[at] + "'" : "byte " + (json[at] & 0xFF);
        return fail(at, "expected " + expected + ", found " + found);
    }

    private DataException fail(int position, String problem) {
        return source.fail(Safetensors.PREFIX + position, problem);
    }
}
