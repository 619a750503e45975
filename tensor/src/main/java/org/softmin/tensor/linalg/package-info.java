/**
 * Dense linear algebra on the host, in double precision: {@link org.softmin.tensor.linalg.LinearAlgebra}. It is the
 * only package that needs EJML, which is optional: add {@code org.ejml:ejml-ddense} to use it.
 */
@NullMarked
package org.softmin.tensor.linalg;

import org.jspecify.annotations.NullMarked;
