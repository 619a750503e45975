package org.softmin.tensor;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one node per expression for as long as somebody holds it.
 *
 * <p>Two nodes are the same when their ops are equal and their inputs identical; the inputs are unique already, so no
 * comparison ever walks a graph.
 */
final class Interner {
    private static final Map<Entry, Entry> TABLE = new HashMap<>();
    private static final ReferenceQueue<Tensor> COLLECTED = new ReferenceQueue<>();

    private Interner() {}

    static Tensor intern(Tensor node) {
        synchronized (TABLE) {
            for (var dead = COLLECTED.poll(); dead != null; dead = COLLECTED.poll()) {
                TABLE.remove(dead);
            }
            Entry entry = new Entry(node);
            Entry known = TABLE.putIfAbsent(entry, entry);
            Tensor existing = known == null ? node : known.get();
            if (existing == null) { // collected since the queue was drained
                TABLE.remove(known);
                TABLE.put(entry, entry);
                return node;
            }
            return existing;
        }
    }

    private static final class Entry extends WeakReference<Tensor> {
        private final int hash;

        Entry(Tensor node) {
            super(node, COLLECTED);
            int h = node.op().hashCode();
            for (Tensor input : node.inputs()) {
                h = 31 * h + System.identityHashCode(input);
            }
            hash = h;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // inputs are interned: identity is equality
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            if (!(other instanceof Entry e) || e.hash != hash) {
                return false;
            }
            Tensor a = get();
            Tensor b = e.get();
            if (a == null
                    || b == null
                    || !a.op().equals(b.op())
                    || a.inputs().size() != b.inputs().size()) {
                return false;
            }
            for (int i = 0; i < a.inputs().size(); i++) {
                if (a.inputs().get(i) != b.inputs().get(i)) {
                    return false;
                }
            }
            return true;
        }
    }
}
