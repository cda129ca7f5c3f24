class Jkocr < Formula
  desc "Reads the text on your screen for Bob, on machines you own"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    depends_on macos: :ventura

    on_arm do
      url "@DOWNLOAD@/jkocr-@VERSION@-aarch64-macos.tar.gz"
      sha256 "@AARCH64_MACOS@"
    end
    on_intel do
      url "@DOWNLOAD@/jkocr-@VERSION@-x86_64-macos.tar.gz"
      sha256 "@X86_64_MACOS@"
    end
  end

  on_linux do
    on_arm do
      url "@DOWNLOAD@/jkocr-@VERSION@-aarch64-linux.tar.gz"
      sha256 "@AARCH64_LINUX@"
    end
    on_intel do
      url "@DOWNLOAD@/jkocr-@VERSION@-x86_64-linux.tar.gz"
      sha256 "@X86_64_LINUX@"
    end
  end

  def install
    bin.install "bin/jkocr"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/jkocr"
    zsh_completion.install "share/zsh/site-functions/_jkocr"
    fish_completion.install "share/fish/vendor_completions.d/jkocr.fish"
    doc.install Dir["share/doc/jkocr/*"]
    (lib/"jkocr/server").install Dir["lib/jkocr/server/*"]
    (lib/"jkocr/package").write "homebrew\n"
  end

  def caveats
    <<~TEXT
      To answer Bob from now on with every session:
        jkocr init
        jkocr service install
      After an upgrade, the jkocr that runs is the old one until:
        jkocr service install
    TEXT
  end

  test do
    assert_match "jkocr #{version}", shell_output("#{bin}/jkocr --version")
  end
end
