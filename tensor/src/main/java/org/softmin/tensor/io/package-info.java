/**
 * Array file formats. Start with {@link org.softmin.tensor.io.ArrayFile} and {@link org.softmin.tensor.io.StoredArray};
 * every reader reports a file that is not what it should be as a {@link org.softmin.tensor.io.DataException}, and
 * allocates no more than the file can fill.
 */
@NullMarked
package org.softmin.tensor.io;

import org.jspecify.annotations.NullMarked;
