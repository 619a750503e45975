/**
 * {@code softmin bench}: Softmin beside OpenBLAS, PyTorch and the limits of the machine. Read {@link
 * org.softmin.studies.bench.Suite} first; {@link org.softmin.studies.bench.Contender} is what a peer implements.
 */
@NullMarked
package org.softmin.studies.bench;

import org.jspecify.annotations.NullMarked;
