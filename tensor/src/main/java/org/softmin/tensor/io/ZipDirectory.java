package org.softmin.tensor.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Members of a zip archive and where their bytes lie, checked before anything is read from them.
 *
 * <p>Stricter than {@link java.util.zip.ZipFile}: members may not share bytes (the trick of bombs that unpack to
 * terabytes), have the same name, or a name that leads out of a folder. Format: PKWARE APPNOTE 6.3, with Zip64.
 */
final class ZipDirectory {
    private static final int END = 0x06054B50;
    private static final int END_SIZE = 22;
    private static final int END64 = 0x06064B50;
    private static final int END64_SIZE = 56;
    private static final int LOCATOR = 0x07064B50;
    private static final int LOCATOR_SIZE = 20;
    private static final int ENTRY = 0x02014B50;
    private static final int ENTRY_SIZE = 46;
    private static final int LOCAL = 0x04034B50;
    private static final int LOCAL_SIZE = 30;
    private static final int MAX_DIRECTORY = 1 << 26;
    private static final int MAX_MEMBERS = 65_536;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final long IN_EXTRA = 0xFFFF_FFFFL;

    private final FileSource source;
    private long directory;
    private long directorySize;

    /** A file in the archive: {@code packed} bytes from {@code start} on that become {@code size}. */
    record Member(String name, boolean deflated, long start, long packed, long size, int crc) {}

    private ZipDirectory(FileSource source) {
        this.source = source;
    }

    /** Members in the order of their bytes. */
    static List<Member> read(FileSource source) throws DataException {
        ZipDirectory zip = new ZipDirectory(source);
        zip.findDirectory();
        return zip.members();
    }

    private ByteBuffer bytes(long position, long count, String what) throws DataException {
        if (position < 0 || count > source.length() - position) {
            throw source.fail(position, "expected " + what + " (" + count + " bytes), found the end of the file");
        }
        byte[] bytes = new byte[(int) count];
        source.read(position, bytes, bytes.length);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void findDirectory() throws DataException {
        int tail = (int) Math.min(END_SIZE + MAX_COMMENT, source.length());
        ByteBuffer last = bytes(source.length() - tail, tail, "the end of a zip archive");
        int at = tail - END_SIZE;
        while (at >= 0 && !(last.getInt(at) == END && last.getShort(at + 20) == (short) (tail - at - END_SIZE))) {
            at--;
        }
        if (at < 0) {
            throw source.fail(
                    "expected a zip archive, found no directory at its end; is the file whole? It begins with "
                            + DataFile.describe(source.head(8)));
        }
        long end = source.length() - tail + at;
        directorySize = Integer.toUnsignedLong(last.getInt(at + 12));
        directory = Integer.toUnsignedLong(last.getInt(at + 16));
        if (directorySize == IN_EXTRA || directory == IN_EXTRA || last.getShort(at + 10) == -1) {
            end = end64(end);
        }
        if (directorySize < 0 || directory < 0 || directorySize > MAX_DIRECTORY || directory > end - directorySize) {
            throw source.fail(
                    end,
                    "expected a directory of at most " + MAX_DIRECTORY + " bytes before this, found " + directorySize
                            + " bytes at " + directory);
        }
    }

    private long end64(long end) throws DataException {
        ByteBuffer locator = bytes(end - LOCATOR_SIZE, LOCATOR_SIZE, "a Zip64 locator");
        long at = locator.getLong(8);
        if (locator.getInt(0) != LOCATOR || at < 0 || at > end - LOCATOR_SIZE - END64_SIZE) {
            throw source.fail(end - LOCATOR_SIZE, "expected a Zip64 locator, found other bytes");
        }
        ByteBuffer end64 = bytes(at, END64_SIZE, "the Zip64 end of the directory");
        if (end64.getInt(0) != END64) {
            throw source.fail(at, "expected the Zip64 end of the directory, found other bytes");
        }
        directorySize = end64.getLong(40);
        directory = end64.getLong(48);
        return at;
    }

    private List<Member> members() throws DataException {
        ByteBuffer entries = bytes(directory, directorySize, "the directory");
        List<Member> members = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (entries.remaining() > 0) {
            long offset = directory + entries.position();
            if (entries.remaining() < ENTRY_SIZE || entries.getInt(entries.position()) != ENTRY) {
                throw source.fail(offset, "expected an entry of the directory, found other bytes");
            }
            ByteBuffer entry = entries.slice().order(ByteOrder.LITTLE_ENDIAN);
            int nameSize = entry.getShort(28) & 0xFFFF;
            int extraSize = entry.getShort(30) & 0xFFFF;
            int size = ENTRY_SIZE + nameSize + extraSize + (entry.getShort(32) & 0xFFFF);
            if (size > entry.remaining()) {
                throw source.fail(offset, "expected an entry of " + size + " bytes, found the end of the directory");
            }
            if (members.size() == MAX_MEMBERS) {
                throw source.fail(offset, "expected at most " + MAX_MEMBERS + " members, found more");
            }
            Member member = member(entry, offset, nameSize, extraSize);
            if (!names.add(member.name)) {
                throw source.fail(offset, "the name " + member.name + " occurs twice");
            }
            members.add(member);
            entries.position(entries.position() + size);
        }
        members.sort(Comparator.comparingLong(Member::start).thenComparingLong(Member::packed));
        for (int i = 1; i < members.size(); i++) {
            Member before = members.get(i - 1);
            if (members.get(i).start < before.start + before.packed) {
                throw source.fail(
                        members.get(i).start, "members " + before.name + " and " + members.get(i).name + " overlap");
            }
        }
        return members;
    }

    private Member member(ByteBuffer entry, long offset, int nameSize, int extraSize) throws DataException {
        String name = name(entry, offset, nameSize);
        int flags = entry.getShort(8);
        int method = entry.getShort(10) & 0xFFFF;
        if ((flags & 1) != 0) {
            throw source.fail(offset, "member " + name + " is encrypted; decrypt the file first");
        }
        if (method != 0 && method != 8) {
            throw source.fail(
                    offset, "member " + name + ": expected compression 0 (stored) or 8 (deflate), found " + method);
        }
        long[] numbers = { // size, packed size and position, the order in which Zip64 extends them
            Integer.toUnsignedLong(entry.getInt(24)),
            Integer.toUnsignedLong(entry.getInt(20)),
            Integer.toUnsignedLong(entry.getInt(42))
        };
        extend(numbers, entry, ENTRY_SIZE + nameSize, extraSize);
        long size = numbers[0];
        long packed = numbers[1];
        long local = numbers[2];
        if (size < 0 || packed < 0 || local < 0 || local > directory - LOCAL_SIZE) {
            throw source.fail(
                    offset,
                    "member " + name + ": expected its bytes before the directory at " + directory + ", found them at "
                            + local);
        }
        ByteBuffer header = bytes(local, LOCAL_SIZE, "the header of member " + name);
        long start = local + LOCAL_SIZE + (header.getShort(26) & 0xFFFF) + (header.getShort(28) & 0xFFFF);
        if (header.getInt(0) != LOCAL || packed > directory - start) {
            throw source.fail(
                    local,
                    "expected the header of member " + name + " and " + packed + " bytes before the directory at "
                            + directory + ", found others");
        }
        if (method == 0 ? size != packed : size / DataFile.MOST_BYTES_PER_COMPRESSED_BYTE > packed) {
            throw source.fail(
                    offset,
                    "member " + name + ": " + packed + " bytes in the archive cannot hold the " + size + " declared");
        }
        return new Member(name, method == 8, start, packed, size, entry.getInt(16));
    }

    private String name(ByteBuffer entry, long offset, int size) throws DataException {
        try {
            String name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(entry.slice(ENTRY_SIZE, size))
                    .toString();
            if (problem(name).isEmpty()) {
                return name;
            }
            throw source.fail(offset, "member " + name + " " + problem(name) + "; such names are not read");
        } catch (CharacterCodingException e) {
            throw source.fail(offset + ENTRY_SIZE, "expected a name in UTF-8, found other bytes");
        }
    }

    /** What is wrong with a name, empty if nothing is. */
    static String problem(String name) {
        if (name.startsWith("/") || name.matches("[A-Za-z]:.*")) {
            return "is an absolute path";
        } else if (List.of(name.split("/", -1)).contains("..")) {
            return "leads out of its folder";
        }
        return name.chars().anyMatch(c -> c == '\\' || Character.isISOControl(c))
                ? "holds a backslash or control characters"
                : "";
    }

    /** Replaces the numbers that do not fit into 32 bits by those in the Zip64 field. */
    private static void extend(long[] numbers, ByteBuffer entry, int start, int length) {
        int at = start;
        while (at + 4 <= start + length) {
            int field = entry.getShort(at);
            int end = at + 4 + (entry.getShort(at + 2) & 0xFFFF);
            at += 4;
            if (end > start + length) {
                break;
            }
            for (int i = 0; field == 1 && i < numbers.length; i++) {
                if (numbers[i] == IN_EXTRA && at + 8 <= end) {
                    numbers[i] = entry.getLong(at);
                    at += 8;
                }
            }
            at = end;
        }
    }
}
