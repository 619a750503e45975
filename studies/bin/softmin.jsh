// What a JShell session with Softmin begins with: jshell --startup DEFAULT --startup studies/bin/softmin.jsh
import org.softmin.autograd.*;
import org.softmin.nn.*;
import org.softmin.tensor.*;
import org.softmin.tensor.io.*;
import org.softmin.tensor.linalg.*;
