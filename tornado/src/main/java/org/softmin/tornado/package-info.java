/** The TornadoVM backend: start with {@code TornadoBackend}. */
@NullMarked
package org.softmin.tornado;

import org.jspecify.annotations.NullMarked;
