/**
 * The reference backend: the meaning of every op in scalar double precision. Start with
 * {@link org.softmin.tensor.reference.ReferenceBackend}; the ops are in {@code Interpreter}.
 */
@NullMarked
package org.softmin.tensor.reference;

import org.jspecify.annotations.NullMarked;
